// Command bench measures how well the agent does what it is asked to: fifty connections, a thousand packets a second,
// through a delay and through a loss, and what that costs. It needs root, to make network namespaces.
//
//	go build -o /tmp/squall-agent . && go run ./bench --agent /tmp/squall-agent
//
// It prints one line of JSON for each mechanism, beside what the same machine does without a fault, and exits with 1
// when a figure is not within its bound.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

const (
	connections     = 50
	packetsASecond  = 1000
	delay           = 100 * time.Millisecond
	lossPercent     = 10.0
	lossPackets     = 5000
	boundP50        = 2 * time.Millisecond
	boundP99        = 10 * time.Millisecond
	boundLossPoints = 2.0
	boundCPUPercent = 5.0
)

// figures are what was measured with one mechanism. Times are ms.
type figures struct {
	Mechanism string `json:"mechanism"`
	// Skipped says why nothing was measured.
	Skipped string `json:"skipped,omitempty"`

	Connections    int     `json:"connections"`
	PacketsASecond float64 `json:"packetsASecond"`
	// Baseline is of round trips without a fault, Delayed with it.
	Baseline  percentiles `json:"baseline"`
	AskedMs   float64     `json:"askedMs"`
	Delayed   percentiles `json:"delayed"`
	ErrorP50  float64     `json:"errorP50Ms"`
	ErrorP99  float64     `json:"errorP99Ms"`
	AskedLoss float64     `json:"askedLossPercent"`
	// Loss is the share of packets that did not come.
	Loss float64 `json:"lossPercent"`
	// CPU is the agent's, in percent of one processor, while it delayed, and while it lost packets.
	CPUDelaying float64  `json:"cpuDelayingPercent"`
	CPULosing   float64  `json:"cpuLosingPercent"`
	Misses      []string `json:"misses"`
}

type percentiles struct {
	P50   float64 `json:"p50"`
	P90   float64 `json:"p90"`
	P99   float64 `json:"p99"`
	Max   float64 `json:"max"`
	Count int     `json:"count"`
}

func main() {
	agent := flag.String("agent", "./squall-agent", "the agent's binary")
	mechanisms := flag.String("mechanisms", "nfqueue,netem", "which to measure")
	lasts := flag.Duration("for", 10*time.Second, "how long to measure delays")
	flag.Parse()
	failed := false
	for _, mechanism := range strings.Split(*mechanisms, ",") {
		result, err := measure(*agent, mechanism, *lasts)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", mechanism, err)
			os.Exit(2)
		}
		line, err := json.Marshal(result)
		if err != nil {
			panic(err) // numbers and text can always be told
		}
		fmt.Println(string(line))
		failed = failed || len(result.Misses) > 0
	}
	if failed {
		os.Exit(1)
	}
}

func measure(binary, mechanism string, lasts time.Duration) (result figures, err error) {
	w, err := newWire()
	if err != nil {
		return figures{}, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	a, err := w.startAgent(binary)
	if err != nil {
		return figures{}, err
	}
	defer a.end()
	result = figures{Mechanism: mechanism, Connections: connections, AskedMs: milliseconds(delay), AskedLoss: lossPercent, Misses: []string{}}
	if reason := a.lacks(mechanism); reason != "" {
		return figures{Mechanism: mechanism, Skipped: reason, Misses: []string{}}, nil
	}
	load, err := w.connect(connections)
	if err != nil {
		return figures{}, err
	}
	defer load.close()

	baseline, err := load.roundTrips(lasts / 2)
	if err != nil {
		return figures{}, err
	}
	fault, err := a.start(fmt.Sprintf(`"delayMs":%v`, milliseconds(delay)), mechanism)
	if err != nil {
		return figures{}, err
	}
	begun, cpu := time.Now(), a.cpu()
	delayed, err := load.roundTrips(lasts)
	if err != nil {
		return figures{}, err
	}
	took := time.Since(begun)
	result.CPUDelaying = percentOf(a.cpu()-cpu, took)
	packets, err := a.stop(fault)
	if err != nil {
		return figures{}, err
	}
	result.PacketsASecond = round(packets / took.Seconds())

	if fault, err = a.start(fmt.Sprintf(`"lossPercent":%v,"protocol":"udp"`, lossPercent), mechanism); err != nil {
		return figures{}, err
	}
	begun, cpu = time.Now(), a.cpu()
	came, err := w.datagrams(lossPackets, packetsASecond)
	if err != nil {
		return figures{}, err
	}
	result.CPULosing = percentOf(a.cpu()-cpu, time.Since(begun))
	if _, err := a.stop(fault); err != nil {
		return figures{}, err
	}
	result.Loss = round(100 * float64(lossPackets-came) / lossPackets)
	result.Baseline, result.Delayed = summary(baseline), summary(delayed)
	result.judge()
	return result, nil
}

// judge holds the figures against their bounds. What the machine itself adds, without a fault, is not the agent's.
func (f *figures) judge() {
	f.ErrorP50 = round(f.Delayed.P50 - f.AskedMs - f.Baseline.P50)
	f.ErrorP99 = round(f.Delayed.P99 - f.AskedMs - f.Baseline.P99)
	check := func(holds bool, what string, found, bound any) {
		if !holds {
			f.Misses = append(f.Misses, fmt.Sprintf("%s: found %v, expected at most %v", what, found, bound))
		}
	}
	check(max(f.ErrorP50, -f.ErrorP50) <= milliseconds(boundP50), "error of the delay at p50, ms", f.ErrorP50, milliseconds(boundP50))
	check(max(f.ErrorP99, -f.ErrorP99) <= milliseconds(boundP99), "error of the delay at p99, ms", f.ErrorP99, milliseconds(boundP99))
	off := max(f.Loss-f.AskedLoss, f.AskedLoss-f.Loss)
	check(off <= boundLossPoints, "error of the loss, points", round(off), boundLossPoints)
	check(f.CPUDelaying <= boundCPUPercent, "CPU while delaying, percent", f.CPUDelaying, boundCPUPercent)
	check(f.CPULosing <= boundCPUPercent, "CPU while losing, percent", f.CPULosing, boundCPUPercent)
}

func summary(times []time.Duration) percentiles {
	slices.Sort(times)
	at := func(share float64) float64 { return round(milliseconds(times[int(share*float64(len(times)-1))])) }
	return percentiles{P50: at(0.5), P90: at(0.9), P99: at(0.99), Max: at(1), Count: len(times)}
}

func percentOf(part, whole time.Duration) float64 {
	return round(100 * part.Seconds() / whole.Seconds())
}

func milliseconds(d time.Duration) float64 { return float64(d) / 1e6 }

func round(value float64) float64 { return float64(int64(value*1000+0.5)) / 1000 }
