# Quality against cost, a panel for each of `sets`, from the blocks of `data`. Called by eval.sh.
panels = words(sets)
columns = panels < 3 ? panels : 3
rows = int(ceil(panels / (1.0 * columns)))
set terminal pngcairo size 620 * columns, 460 * rows + 60 font "sans,11" background "white"
set output out
set multiplot layout rows, columns title "Routing: quality against cost, cross-validated (seed ".seed.")" font "sans,14"
set ylabel "mean score"
set key bottom right Right samplen 1.5
set grid lc rgb "#dddddd"
set offsets 0, 0, 0.005, 0.005
do for [i = 1:panels] {
  name = word(sets, i)
  set title name noenhanced
  set xlabel (strstrt(name, "routellm") ? "calls to the strong model, share" : "cost, share of the best single model's")
  plot data index (name." | random") using 1:2 with linespoints pt 1 ps 0.4 lw 1.2 dt 2 lc rgb "#888888" title "random", \
    data index (name." | best single") using 1:2 with points pt 6 ps 1 lc rgb "#000000" title "best single", \
    data index (name." | kNN alone") using 1:2 with linespoints pt 7 ps 0.4 lw 1.3 lc rgb "#ff9f40" title "kNN alone", \
    data index (name." | linear alone") using 1:2 with linespoints pt 7 ps 0.4 lw 1.3 lc rgb "#2ca02c" title "linear alone", \
    data index (name." | router, text only") using 1:2 with linespoints pt 5 ps 0.5 lw 1.6 lc rgb "#d62728" title "router, text only", \
    data index (name." | router, vectors") using 1:2 with linespoints pt 5 ps 0.5 lw 2 lc rgb "#1f77b4" title "router, vectors"
}
unset multiplot
