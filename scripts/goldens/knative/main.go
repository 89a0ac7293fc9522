// Records the averages and the delayed maximum of Knative's autoscaler, by its own packages, over drawn samples.
//
//	cd scripts/goldens/knative && go run -mod=mod . > ../../../test/policies/golden/knative-averages.csv
package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"knative.dev/serving/pkg/autoscaler/aggregation"
	"knative.dev/serving/pkg/autoscaler/aggregation/max"
)

type buckets interface {
	Record(now time.Time, value float64)
	WindowAverage(now time.Time) float64
	IsEmpty(now time.Time) bool
}

// A series: how often a second has a sample, and how long a silence lasts that begins in one second of fifty.
type series struct {
	window   int
	kind     string
	share    float64
	silenceS int
}

const seconds = 160

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	fmt.Fprintln(out, "window_s,aggregation,t_s,sample,average,empty,wanted,largest")
	for i, given := range []series{
		{6, "linear", 1, 0},
		{6, "linear", 0.5, 9},
		{60, "linear", 1, 20},
		{60, "linear", 0.3, 70},
		{30, "linear", 0.9, 35},
		{60, "weighted-exponential", 1, 15},
		{6, "weighted-exponential", 0.6, 8},
		{20, "weighted-exponential", 0.8, 25},
	} {
		record(out, uint64(i+1), given)
	}
}

// The window of the largest value has ticks of two seconds, as scale-down-delay has.
func record(out *bufio.Writer, seed uint64, given series) {
	window := time.Duration(given.window) * time.Second
	var sums buckets = aggregation.NewTimedFloat64Buckets(window, time.Second)
	if given.kind == "weighted-exponential" {
		sums = aggregation.NewWeightedFloat64Buckets(window, time.Second)
	}
	largest := max.NewTimeWindow(window, 2*time.Second)
	draw := rand.New(rand.NewPCG(seed, seed))
	// Even, so that ticks of two seconds begin with the series.
	start := time.Unix(1_700_000_000, 0)
	level, quietUntil := 8.0, 0
	for t := range seconds {
		now := start.Add(time.Duration(t) * time.Second)
		if draw.Float64() < 0.05 {
			level = float64(draw.IntN(60))
		}
		if t > 0 && given.silenceS > 0 && t >= quietUntil && draw.Float64() < 0.02 {
			quietUntil = t + given.silenceS
		}
		sample := ""
		if t == 0 || (t >= quietUntil && draw.Float64() < given.share) {
			value := float64(int(level*(0.5+draw.Float64())*4)) / 4
			sums.Record(now, value)
			sample = fmt.Sprint(value)
		}
		pods := ","
		if t%2 == 0 {
			largest.Record(now, int32(level))
			pods = fmt.Sprintf("%d,%d", int32(level), largest.Current())
		}
		empty := sums.IsEmpty(now)
		fmt.Fprintf(out, "%d,%s,%d,%s,%.9f,%t,%s\n", given.window, given.kind, t, sample, sums.WindowAverage(now), empty, pods)
	}
}
