package main

import (
	"net"
	"regexp"
	"strings"
	"time"
)

const (
	maxTTL = 24 * time.Hour
	// maxDelay is what netem can hold: its 32 bits of ticks end at 274 s.
	maxDelay = 4 * time.Minute
)

// delayRequest asks for what leaves an interface to be delayed by delay ± jitter.
type delayRequest struct {
	id, device    string
	delay, jitter time.Duration
	mechanism     string // auto, netem, nfqueue
}

var devicePattern = regexp.MustCompile(`^[^\s/]{1,15}$`)

func readDelayRequest(in *input) (delayRequest, error) {
	r := delayRequest{
		device:    in.text("interface", devicePattern, "the name of a network interface"),
		delay:     in.milliseconds("delayMs", time.Millisecond, maxDelay, -1),
		mechanism: in.choice("mechanism", "auto", "netem", "nfqueue"),
	}
	r.jitter = in.milliseconds("jitterMs", 0, max(r.delay, 0), 0)
	if in.err != nil {
		return r, in.err
	}
	if _, err := net.InterfaceByName(r.device); err != nil {
		return r, invalid("interface", r.device, "one of "+strings.Join(interfaceNames(), ", "))
	}
	return r, nil
}

func interfaceNames() []string {
	names := []string{}
	interfaces, err := net.Interfaces()
	if err != nil {
		return names
	}
	for _, i := range interfaces {
		names = append(names, i.Name)
	}
	return names
}
