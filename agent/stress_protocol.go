package main

import (
	"encoding/json"
	"time"
)

// What a stress process and its agent say to one another, a line of JSON each, over the one connection that
// is also the proof to each that the other lives.

const opRegister = "register-stress"

// registration is the first line of a stress process.
type registration struct {
	Op    string  `json:"op"`
	ID    string  `json:"id"`
	Cores int     `json:"cores"`
	Load  float64 `json:"load"`
	TTLMs float64 `json:"ttlMs"`
}

func readRegistration(line []byte) (registration, bool) {
	var r registration
	err := json.Unmarshal(line, &r)
	return r, err == nil && r.Op == opRegister
}

func (r registration) ttl() time.Duration { return time.Duration(r.TTLMs * 1e6) }

// check tells what is wrong with it. It is the same on both sides: the binary is the same.
func (r registration) check() error {
	const maxCores = 256
	encoded, err := json.Marshal(r)
	if err != nil {
		return err
	}
	in, err := parseInput(encoded)
	if err != nil {
		return err
	}
	in.id()
	in.number("cores", 1, maxCores, -1, "a number of threads")
	in.number("load", 1, 100, -1, "percent of a core")
	in.milliseconds("ttlMs", time.Millisecond, maxTTL, -1)
	return in.finish()
}

// fromAgent is what the agent says to a stress process.
type fromAgent struct {
	Answer
	// Ready is of the process that already stresses under this id.
	Ready *ready `json:"ready,omitempty"`
	// Stop is the reason to end.
	Stop string `json:"stop,omitempty"`
}

// fromStress is what a stress process says after its registration.
type fromStress struct {
	Ready  *ready       `json:"ready,omitempty"`
	Report *consumption `json:"report,omitempty"`
	// Ended is the reason it ends for; nothing follows.
	Ended string `json:"ended,omitempty"`
}

// ready is the line a stress process prints once all its workers burn.
type ready struct {
	ID        string `json:"id"`
	PID       int    `json:"pid"`
	Cgroup    string `json:"cgroup"`
	StartedAt int64  `json:"startedAt"`
}

// consumption since the process started. The throttling is of its cgroup, where that can be read.
type consumption struct {
	CPUSeconds       float64  `json:"cpuSeconds"`
	ThrottledPeriods *float64 `json:"throttledPeriods,omitempty"`
	ThrottledSeconds *float64 `json:"throttledSeconds,omitempty"`
}
