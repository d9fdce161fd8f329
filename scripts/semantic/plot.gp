# Error against hit rate, a panel for each of `sets`, from the blocks of `data`. Called by eval.sh.
panels = words(sets)
columns = panels < 3 ? panels : 3
rows = int(ceil(panels / (1.0 * columns)))
set terminal pngcairo size 620 * columns, 430 * rows + 60 font "sans,11" background "white"
set output out
set multiplot layout rows, columns title "Semantic cache: wrong answers against hits (seed ".seed."), δ dotted" font "sans,14"
set xlabel "served from cache, % of requests"
set ylabel "wrong, % of requests"
set key top left reverse Left samplen 1.5
set grid lc rgb "#dddddd"
set offsets graph 0.02, graph 0.05, 0, 0
deltas = "0.5 1 2 5"
do for [i = 1:panels] {
  name = word(sets, i)
  set title name noenhanced
  set xrange [0:*]
  set yrange [0:6]
  # A dotted line for each δ; points of the verified modes carry theirs.
  plot for [d = 1:words(deltas)] word(deltas, d) + 0 with lines dt 3 lc rgb "#888888" notitle, \
    data index (name." | static") using 1:2 with linespoints pt 7 ps 0.4 lw 1.5 lc rgb "#d62728" title "threshold", \
    data index (name." | static+veto") using 1:2 with linespoints pt 7 ps 0.4 lw 1.5 lc rgb "#ff9f40" title "threshold, veto", \
    data index (name." | verified+veto") using 1:2 with linespoints pt 5 ps 1.3 lw 2 lc rgb "#1f77b4" title "verified, veto", \
    data index (name." | verified+veto") using 1:2:(sprintf("%.3g%%", 100 * column(3))) with labels offset 0.5, 0.9 font "sans,8" tc rgb "#1f77b4" notitle
}
unset multiplot
