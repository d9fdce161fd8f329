# Quality against cost of cascades, a panel for each of `sets`, from the blocks of `data`.
# Usage: gnuplot -e "data='….dat'; out='….png'; sets='frugalml_IMDB …'; seed='1'" scripts/routing/plot_cascade.gp
panels = words(sets)
columns = panels < 3 ? panels : 3
rows = int(ceil(panels / (1.0 * columns)))
set terminal pngcairo size 620 * columns, 460 * rows + 60 font "sans,11" background "white"
set output out
set multiplot layout rows, columns title "Cascades: quality against cost, cross-validated (seed ".seed.")" font "sans,14"
set xlabel "cost, share of the best service's"
set ylabel "accuracy"
set key bottom right Right samplen 1.5
set grid lc rgb "#dddddd"
set offsets 0.02, 0.02, 0.005, 0.005
do for [i = 1:panels] {
  name = word(sets, i)
  set title name noenhanced
  plot data index (name." | random") using 1:2 with linespoints pt 1 ps 0.4 lw 1.2 dt 2 lc rgb "#888888" title "random", \
    data index (name." | single threshold") using 1:2 with linespoints pt 7 ps 0.4 lw 1.3 lc rgb "#ff9f40" title "single threshold", \
    data index (name." | cascade by P(wrong)") using 1:2 with linespoints pt 5 ps 0.5 lw 2 lc rgb "#1f77b4" title "cascade by P(wrong)"
}
unset multiplot
