package nfqueue

import (
	"math"
	"slices"
	"testing"
	"time"

	"squall.dev/agent/internal/traffic"
)

func TestBucket(t *testing.T) {
	zero := time.Now()
	b := &bucket{rate: 1000, burst: 300, queue: 500}
	for i, test := range []struct {
		at       time.Duration
		bytes    int
		wait     time.Duration
		accepted bool
	}{
		{0, 300, 0, true},                                                // all that the bucket holds
		{0, 100, 100 * time.Millisecond, true},                           // what comes on top waits
		{0, 400, 500 * time.Millisecond, true},                           // behind it, and the queue is full
		{0, 1, 0, false},                                                 // so this is dropped, and takes no room
		{100 * time.Millisecond, 100, 500 * time.Millisecond, true},      // room for a hundred again
		{time.Second, 100, 0, true},                                      // 600 ms after it is empty, 300 tokens at most
		{time.Second, 250, 50 * time.Millisecond, true},                  // of which 200 were left
		{time.Hour, 301, time.Duration(float64(time.Millisecond)), true}, // never more than it holds
	} {
		wait, accepted := b.take(zero.Add(test.at), test.bytes)
		if accepted != test.accepted || (wait-test.wait).Abs() > time.Microsecond {
			t.Errorf("packet %d: waits %v, accepted %v, expected %v, %v", i, wait, accepted, test.wait, test.accepted)
		}
	}
}

func TestChanceHappensAsOftenAsAsked(t *testing.T) {
	const count = 200_000
	for _, percent := range []float64{0, 1, 30, 99, 100} {
		c := newChance(percent, 0)
		happened := 0
		for range count {
			if c.happens() {
				happened++
			}
		}
		p := percent / 100
		if off := math.Abs(float64(happened) - count*p); off > 5*math.Sqrt(count*p*(1-p))+1 {
			t.Errorf("%v%%: happened %d times of %d", percent, happened, count)
		}
	}
}

// The formula is the kernel's, so a half stays a half, and neighbours are alike as much as asked.
func TestCorrelation(t *testing.T) {
	const count = 100_000
	for _, percent := range []float64{0, 50, 90} {
		c := newCorrelated(percent)
		var values []float64
		for range count {
			values = append(values, float64(c.next())/math.MaxUint32)
		}
		mean, variance, covariance := 0.0, 0.0, 0.0
		for _, v := range values {
			mean += v / count
		}
		for i, v := range values {
			variance += (v - mean) * (v - mean)
			if i > 0 {
				covariance += (v - mean) * (values[i-1] - mean)
			}
		}
		if found := covariance / variance; math.Abs(found-percent/100) > 0.02 || math.Abs(mean-0.5) > 0.02 {
			t.Errorf("%v%%: correlation %v, mean %v", percent, found, mean)
		}
	}
}

func TestStage(t *testing.T) {
	now := time.Now()
	for _, test := range []struct {
		name     string
		does     Impairment
		passages []time.Duration
		corrupt  bool
	}{
		{"nothing", Impairment{}, []time.Duration{0}, false},
		{"delay", Impairment{Delay: time.Second}, []time.Duration{time.Second}, false},
		{"loss", Impairment{Loss: 100}, nil, false},
		{"duplication", Impairment{Duplicate: 100, Delay: time.Second}, []time.Duration{time.Second, time.Second}, false},
		{"doubled and lost", Impairment{Duplicate: 100, Loss: 100}, []time.Duration{0}, false},
		{"corruption", Impairment{Corrupt: 100}, []time.Duration{0}, true},
		{"reordering of all", Impairment{Delay: time.Second, AtOnce: 100, Gap: 1}, []time.Duration{0}, false},
		{"rate", Impairment{BytesPerSecond: 100, Burst: 50, Queue: 100}, []time.Duration{500 * time.Millisecond}, false},
		{"no room in the queue", Impairment{BytesPerSecond: 100, Burst: 50, Queue: 10}, nil, false},
	} {
		stage := newStage(traffic.Filter{}, test.does)
		var waits []time.Duration
		for _, p := range stage.apply(now, 100, passage{}, nil) {
			waits = append(waits, p.wait())
			if p.corrupt != test.corrupt {
				t.Errorf("%s: corrupt %v", test.name, p.corrupt)
			}
		}
		if !slices.Equal(waits, test.passages) {
			t.Errorf("%s: passes after %v, expected %v", test.name, waits, test.passages)
		}
	}
}

func TestEveryGapthMayGoAtOnce(t *testing.T) {
	stage := newStage(traffic.Filter{}, Impairment{Delay: time.Second, AtOnce: 100, Gap: 3})
	var atOnce []int
	for i := range 9 {
		if stage.apply(time.Now(), 100, passage{}, nil)[0].wait() == 0 {
			atOnce = append(atOnce, i)
		}
	}
	if !slices.Equal(atOnce, []int{2, 5, 8}) {
		t.Errorf("packets %v went at once", atOnce)
	}
}

// Copies of a packet share what came before; the end of a stage takes its share from each, and no more.
func TestForget(t *testing.T) {
	now := time.Now()
	first, second := newStage(traffic.Filter{}, Impairment{Delay: time.Second}), newStage(traffic.Filter{}, Impairment{Delay: time.Minute, Duplicate: 100})
	var held []packet
	for _, one := range second.apply(now, 100, first.apply(now, 100, passage{}, nil)[0], nil) {
		held = append(held, packet{arrived: now, due: now.Add(one.wait()), waits: one.waits})
	}
	for i := range held {
		if due := held[i].due.Sub(now); due != time.Minute+time.Second {
			t.Errorf("copy %d is due after %v", i, due)
		}
		held[i].forget(first)
	}
	for i := range held {
		if due := held[i].due.Sub(now); due != time.Minute || held[i].waitsFor(first) || !held[i].waitsFor(second) {
			t.Errorf("copy %d is due after %v then", i, due)
		}
		held[i].forget(second)
		if !held[i].due.Equal(now) {
			t.Errorf("copy %d is due after %v at the end", i, held[i].due.Sub(now))
		}
	}
}

func TestFlipBitLeavesTheHeadersAlone(t *testing.T) {
	data := make([]byte, 40)
	data[0], data[9], data[32] = 0x45, 6, 0x50
	header, ok := traffic.Parse(append(data, 1, 2, 3))
	if !ok {
		t.Fatal("not read")
	}
	for range 200 {
		packet := append(slices.Clone(data), 1, 2, 3)
		flipBit(packet, header)
		if !slices.Equal(packet[:40], data) || slices.Equal(packet[40:], []byte{1, 2, 3}) {
			t.Fatalf("damaged to %v", packet)
		}
	}
}
