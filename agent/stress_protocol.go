package main

import (
	"encoding/json"
	"io"
	"math"
	"regexp"
	"sync"
	"time"
)

// What a stress process and its agent say to one another, a line of JSON each, over the one connection that
// is also the proof to each that the other lives.

const opRegister = "register-stress"

// registration is the first line of a stress process. A field that does not belong to the kind is absent.
type registration struct {
	Op         string   `json:"op"`
	ID         string   `json:"id"`
	Kind       string   `json:"kind"`
	TTLMs      float64  `json:"ttlMs"`
	EndsBy     *float64 `json:"endsBy,omitempty"`
	Cores      *int     `json:"cores,omitempty"`
	Load       *float64 `json:"load,omitempty"`
	Workers    *int     `json:"workers,omitempty"`
	Bytes      *float64 `json:"bytes,omitempty"`
	Percent    *float64 `json:"percent,omitempty"`
	RampMs     *float64 `json:"rampMs,omitempty"`
	Path       *string  `json:"path,omitempty"`
	LeaveBytes *float64 `json:"leaveBytes,omitempty"`

	dryRun bool // never sent
}

func readRegistration(line []byte) (registration, bool) {
	var r registration
	err := json.Unmarshal(line, &r)
	return r, err == nil && r.Op == opRegister
}

func (r registration) ttl() time.Duration { return time.Duration(r.TTLMs * 1e6) }

// endsBy is the end by this machine's clock; the zero time: none was given.
func (r registration) endsBy() time.Time {
	if r.EndsBy == nil {
		return time.Time{}
	}
	return time.UnixMilli(int64(*r.EndsBy))
}

var (
	pathPattern = regexp.MustCompile(`^/[^\x00\n]*$`)
	maxBytes    = math.Pow(2, 60)
)

const (
	maxWorkers = 256
	maxCores   = 256
)

// check tells what is wrong with it. It is the same on both sides: the binary is the same.
func (r registration) check() error {
	encoded, err := json.Marshal(r)
	if err != nil {
		return err
	}
	in, err := parseInput(encoded)
	if err != nil {
		return err
	}
	in.id()
	in.milliseconds("ttlMs", time.Millisecond, maxTTL, -1)
	in.endsBy()
	switch kind := in.choice("kind", stressKindNames()...); kind {
	case "cpu":
		in.number("cores", 1, maxCores, -1, "a number of threads")
		in.number("load", 1, 100, -1, "percent of a core")
	case "memory", "io":
		in.number("workers", 1, maxWorkers, 1, "a number of workers")
		readAmount(in, 1000)
	case "fill":
		readAmount(in, 100)
		in.number("leaveBytes", 0, maxBytes, 0, "bytes")
	}
	if r.Kind == "memory" {
		in.number("rampMs", 0, float64(maxTTL/time.Millisecond), 0, "milliseconds")
	}
	if r.Kind == "io" || r.Kind == "fill" {
		if r.Path != nil {
			in.text("path", pathPattern, "an absolute path")
		}
	}
	return in.finish()
}

// readAmount reads one of bytes and percent.
func readAmount(in *input, mostPercent float64) {
	_, bytes := in.fields["bytes"]
	_, percent := in.fields["percent"]
	if bytes == percent && in.err == nil {
		found := map[bool]string{true: "both", false: "neither"}[bytes]
		in.err = invalid("bytes, percent", found, "one of them")
	}
	if bytes {
		in.number("bytes", 1, maxBytes, -1, "bytes")
	}
	if percent {
		in.number("percent", 0.001, mostPercent, -1, "percent")
	}
}

// fromAgent is what the agent says to a stress process.
type fromAgent struct {
	Answer
	// Ready is of the process that already stresses under this id.
	Ready *ready `json:"ready,omitempty"`
	// Stop is the reason to end.
	Stop string `json:"stop,omitempty"`
	// Measure asks for a measurement of this number.
	Measure int `json:"measure,omitempty"`
}

// fromStress is what a stress process says after its registration.
type fromStress struct {
	Ready    *ready       `json:"ready,omitempty"`
	Report   *consumption `json:"report,omitempty"`
	Measured *measurement `json:"measured,omitempty"`
	// Ended is the reason it ends for; nothing follows.
	Ended string `json:"ended,omitempty"`
}

// measurement is what the kernel says of a load now.
type measurement struct {
	Number   int                `json:"number"`
	InEffect bool               `json:"inEffect"`
	Evidence string             `json:"evidence"`
	Counters map[string]float64 `json:"counters,omitempty"`
}

// ready is the line a stress process prints once its load is felt.
type ready struct {
	ID        string `json:"id"`
	PID       int    `json:"pid"`
	Cgroup    string `json:"cgroup"`
	StartedAt int64  `json:"startedAt"`
	// About says what is done, and where.
	About string `json:"about"`
}

// consumption since the process started. The throttling is of its cgroup, where that can be read.
type consumption struct {
	CPUSeconds       float64  `json:"cpuSeconds"`
	ThrottledPeriods *float64 `json:"throttledPeriods,omitempty"`
	ThrottledSeconds *float64 `json:"throttledSeconds,omitempty"`
}

// lineEncoder writes a value a line, whoever else does.
type lineEncoder struct {
	mutex   sync.Mutex
	encoder *json.Encoder
}

func newLineEncoder(to io.Writer) *lineEncoder { return &lineEncoder{encoder: json.NewEncoder(to)} }

func (e *lineEncoder) Encode(value any) error {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	return e.encoder.Encode(value)
}
