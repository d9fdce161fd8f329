# Share of requests against latency, per lane, from the blocks of `data`. Called by bench.sh.
set terminal pngcairo size 1080, 470 font "sans,10" background "white"
set output out
set multiplot layout 1, 2 title "Latency per lane under a flood of batch work" font "sans,13"
set logscale x 10
set xrange [0.02:30]
set yrange [0:1]
set xtics ("20 ms" 0.02, "50" 0.05, "100" 0.1, "200" 0.2, "500" 0.5, "1 s" 1, "2" 2, "5" 5, "10" 10, "30" 30)
set ytics ("0" 0, "25 %%" 0.25, "50 %%" 0.5, "75 %%" 0.75, "95 %%" 0.95)
set ylabel "of the requests"
set grid lc rgb "#dddddd"
set key below center Left reverse maxrows 3 samplen 2 font "sans,9"
do for [column = 2:3] {
  set title column == 2 ? "until the first token" : "until the last token"
  plot data index "express, nothing else" using column:1 with steps lw 1.5 dt 3 lc rgb "#1f77b4" title "express, nothing else", \
    data index "express, batch flood" using column:1 with steps lw 2 lc rgb "#1f77b4" title "express, batch flood", \
    data index "standard, all lanes busy" using column:1 with steps lw 2 lc rgb "#2ca02c" title "standard, all lanes busy", \
    data index "batch, express beside it" using column:1 with steps lw 2 lc rgb "#7f7f7f" title "batch, express beside it", \
    data index "no lanes: first come, first served" using column:1 with steps lw 2 lc rgb "#d62728" title "no lanes: first come, first served"
}
unset multiplot
