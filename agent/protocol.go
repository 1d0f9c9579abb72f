package main

import (
	"errors"
	"strings"
	"time"
)

// protocolVersion changes when a request or an answer changes in a way its other side must know of.
const protocolVersion = 3

// Why a fault ended.
const (
	reasonStop     = "stop"
	reasonDeadline = "deadline"
	reasonSigterm  = "sigterm"
	// reasonLost: it went without a word, by SIGKILL or with its container.
	reasonLost = "lost"
)

const (
	kindNetwork   = "network"
	kindCPUStress = "cpu-stress"
)

// Status is a fault as it is now. Times are ms since the epoch, 0 when not known.
type Status struct {
	ID        string `json:"id"`
	Kind      string `json:"kind"`
	State     string `json:"state"` // active, ended, unknown
	Mechanism string `json:"mechanism"`
	Interface string `json:"interface,omitempty"`
	StartedAt int64  `json:"startedAt"`
	EndsAt    int64  `json:"endsAt"`
	EndedAt   int64  `json:"endedAt"`
	Reason    string `json:"reason"`
	// InEffect is read back from the kernel at the time of asking.
	InEffect bool               `json:"inEffect"`
	Evidence string             `json:"evidence"`
	Counters map[string]float64 `json:"counters,omitempty"`
}

// Answer is the one line a request is answered with.
type Answer struct {
	OK    bool     `json:"ok"`
	Error *Refusal `json:"error,omitempty"`
	Fault *Status  `json:"fault,omitempty"`
	// Now is this machine's clock, in ms since the epoch; set for a ping.
	Now int64 `json:"now,omitempty"`
}

// Refusal says why a request was not carried out.
type Refusal struct {
	// invalid, conflict, ended, late, unsupported, not-in-effect, not-reverted, not-listening, failed
	Code    string `json:"code"`
	Message string `json:"message"`
	// Field, Found and Expected are set for `invalid`.
	Field    string `json:"field,omitempty"`
	Found    string `json:"found,omitempty"`
	Expected string `json:"expected,omitempty"`
	// ConflictsWith is the id of the fault in the way, set for `conflict`.
	ConflictsWith string `json:"conflictsWith,omitempty"`
}

func (r *Refusal) Error() string { return r.Message }

func refuse(code, message string) *Refusal { return &Refusal{Code: code, Message: message} }

func refusal(err error) Answer {
	var known *Refusal
	if errors.As(err, &known) {
		return Answer{Error: known}
	}
	return Answer{Error: refuse("failed", err.Error())}
}

func epochMs(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// oneLine makes joined errors fit into a sentence.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }
