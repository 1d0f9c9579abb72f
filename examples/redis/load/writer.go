package main

import (
	"context"
	"fmt"
	"log"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
)

const (
	// slots of the ring in redis that hold the latest sequence numbers: what was acknowledged in the last 100 s at 20 writes a second
	slots = 2048
	// how often the ring is read back
	verifyEvery = 2 * time.Second
	// how long the ring stays in redis after the writer has ended
	keepFor = time.Hour
)

// writer writes ascending sequence numbers into a ring of slots, one field of a hash each.
type writer struct {
	client   *redis.Client
	key      string
	timeout  time.Duration
	sequence atomic.Uint64

	mu sync.Mutex
	// the highest acknowledged sequence number of each slot; 0: none
	acknowledged [slots]uint64
	highest      uint64
	failing      bool

	// by slot, the numbers the last verification missed; used by verify alone
	missing map[int]uint64

	registry   *prometheus.Registry
	writes     *prometheus.CounterVec
	duration   prometheus.Histogram
	last       prometheus.Gauge
	lost       prometheus.Counter
	verified   prometheus.Counter
	unverified prometheus.Counter
}

func newWriter(client *redis.Client, name string, timeout time.Duration) *writer {
	w := &writer{
		client: client,
		// A ring of its own for each start: numbers begin at 1 again.
		key:      fmt.Sprintf("redis-load:%s:%d", name, time.Now().UnixNano()),
		timeout:  timeout,
		registry: prometheus.NewRegistry(),
		writes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "redis_load_writes_total",
			Help: "Writes by outcome.",
		}, []string{"outcome"}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "redis_load_write_duration_seconds",
			Help:    "Time from sending a write until its answer or its failure.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, .75, 1, 1.5, 2, 3, 5},
		}),
		last: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "redis_load_last_acknowledged_sequence",
			Help: "The highest sequence number redis acknowledged.",
		}),
		lost: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "redis_load_lost_writes_total",
			Help: "Writes that were acknowledged and later were not there.",
		}),
		verified: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "redis_load_verifications_total",
			Help: "Times the acknowledged writes were read back.",
		}),
		unverified: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "redis_load_verification_errors_total",
			Help: "Times they could not be read back.",
		}),
	}
	w.writes.WithLabelValues("acknowledged")
	w.writes.WithLabelValues("error")
	w.registry.MustRegister(w.writes, w.duration, w.last, w.lost, w.verified, w.unverified)
	return w
}

// run writes and verifies until the context ends, and returns when no write is under way any more.
func (w *writer) run(ctx context.Context, rate float64, workers int) {
	log.Printf("writing %g times a second to %s", rate, w.key)
	var running sync.WaitGroup
	// Unbuffered: ticks that no worker is free for are dropped, so an outage is not followed by a burst.
	ticks := make(chan struct{})
	for range workers {
		running.Go(func() {
			for range ticks {
				w.write()
			}
		})
	}
	running.Go(func() { w.verifyUntil(ctx) })

	ticker := time.NewTicker(time.Duration(float64(time.Second) / rate))
	defer ticker.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-ticker.C:
			select {
			case ticks <- struct{}{}:
			default:
			}
		}
	}
	close(ticks)
	running.Wait()
}

func (w *writer) write() {
	sequence := w.sequence.Add(1)
	// Not derived from the context of run: a write that was begun is awaited, so that its outcome is known.
	ctx, cancel := context.WithTimeout(context.Background(), w.timeout)
	defer cancel()
	started := time.Now()
	err := w.client.HSet(ctx, w.key, slotOf(sequence), sequence).Err()
	w.duration.Observe(time.Since(started).Seconds())
	w.record(sequence, err)
}

func (w *writer) record(sequence uint64, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		w.writes.WithLabelValues("error").Inc()
		if !w.failing {
			log.Printf("write %d failed: %v", sequence, err)
		}
		w.failing = true
		return
	}
	w.writes.WithLabelValues("acknowledged").Inc()
	if w.failing {
		log.Printf("write %d acknowledged again", sequence)
	}
	w.failing = false
	slot := sequence % slots
	w.acknowledged[slot] = max(w.acknowledged[slot], sequence)
	if sequence > w.highest {
		w.highest = sequence
		w.last.Set(float64(sequence))
	}
}

func (w *writer) verifyUntil(ctx context.Context) {
	ticker := time.NewTicker(verifyEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if err := w.verify(); err != nil {
				w.unverified.Inc()
			} else {
				w.verified.Inc()
			}
		}
	}
}

// verify reads the ring back from the primary. What was acknowledged before the reading began has to be there, or a later number in its slot.
// It is lost when it was missing twice in a row: a primary about to be demoted may still have answered the first time.
func (w *writer) verify() error {
	w.mu.Lock()
	expected := w.acknowledged
	w.mu.Unlock()

	ctx, cancel := context.WithTimeout(context.Background(), w.timeout)
	defer cancel()
	var found *redis.MapStringStringCmd
	// In one transaction with a write: a replica, or a primary cut off from its replicas, refuses it instead of showing an older state.
	if _, err := w.client.TxPipelined(ctx, func(tx redis.Pipeliner) error {
		tx.Expire(ctx, w.key, keepFor)
		found = tx.HGetAll(ctx, w.key)
		return nil
	}); err != nil {
		return err
	}

	missing := map[int]uint64{}
	lost := 0
	for slot, sequence := range expected {
		// An absent field reads as 0.
		stored, _ := strconv.ParseUint(found.Val()[strconv.Itoa(slot)], 10, 64)
		if stored >= sequence {
			continue
		}
		if w.missing[slot] != sequence {
			missing[slot] = sequence
			continue
		}
		lost++
		w.forget(slot, sequence)
	}
	w.missing = missing
	if lost > 0 {
		w.lost.Add(float64(lost))
		log.Printf("%d acknowledged writes are lost", lost)
	}
	return nil
}

// forget drops a lost number, so that it is counted once.
func (w *writer) forget(slot int, sequence uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.acknowledged[slot] == sequence {
		w.acknowledged[slot] = 0
	}
}

func slotOf(sequence uint64) string {
	return strconv.FormatUint(sequence%slots, 10)
}
