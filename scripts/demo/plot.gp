# What is left of the direct cost, and what each lever took off it: a staircase of bars from `data` (name, dollars, begin).
set terminal pngcairo size 1040, 460 font "sans,11" background "white"
set output out
set title "The same workload, direct and through the gateway" font "sans,14"
set ylabel "US dollars"
set style fill solid 1.0 noborder
set boxwidth 0.7
set xrange [-0.6:*]
set offsets 0, 0.6, graph 0.06, 0
set grid y lc rgb "#dddddd"
unset key
set xtics nomirror
plot data using 0:3:3:($3 + $2):($3 + $2):4:xtic(1) with candlesticks lc rgb variable, \
  data using 0:($3 + $2):(sprintf("$%.3f", column(2))) with labels offset 0, 0.7
