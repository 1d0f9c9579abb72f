package main

import (
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
	"time"

	"squall.dev/agent/internal/nfqueue"
	"squall.dev/agent/internal/traffic"
)

const (
	maxTTL = 24 * time.Hour
	// maxDelay is what netem can hold: its 32 bits of ticks end at 274 s.
	maxDelay = 4 * time.Minute

	// leastBytes holds the largest packet an Ethernet has; a bucket smaller than a packet would never let it pass.
	leastBytes   = 1600
	mostBytes    = 1 << 30
	defaultBurst = 32 << 10
	defaultQueue = 2 << 20
	leastRate    = 1_000
	mostRate     = 32_000_000_000
)

// networkRequest asks for something to be done to the packets that pass an interface and that a filter chooses.
type networkRequest struct {
	id, device string
	mechanism  string // auto, or a name in mechanisms
	directions []traffic.Direction
	nfqueue.Impairment
	rateBits float64
	filter   traffic.Filter
	// hosts are names whose addresses go into the filter when the fault begins
	hosts []string
}

var devicePattern = regexp.MustCompile(`^[^\s/]{1,15}$`)

var directionsOf = map[string][]traffic.Direction{
	"egress": {traffic.Egress}, "ingress": {traffic.Ingress}, "both": {traffic.Egress, traffic.Ingress},
}

func readNetworkRequest(in *input) (networkRequest, error) {
	r := networkRequest{
		device:     in.text("interface", devicePattern, "the name of a network interface"),
		directions: directionsOf[in.choice("direction", "egress", "ingress", "both")],
		mechanism:  in.choice("mechanism", "auto", mechanismNetem, mechanismTbf, mechanismQueue, mechanismDrop),
	}
	r.Delay = in.milliseconds("delayMs", 0, maxDelay, 0)
	r.Jitter = in.milliseconds("jitterMs", 0, max(r.Delay, 0), 0)
	r.Loss = in.percent("lossPercent", 0)
	r.Duplicate = in.percent("duplicatePercent", 0)
	r.Corrupt = in.percent("corruptPercent", 0)
	r.AtOnce = in.percent("reorderPercent", 0)
	r.Gap = int(in.number("reorderGap", 1, 1_000_000, 1, "a whole number"))
	r.rateBits = in.number("rateBitsPerSecond", leastRate, mostRate, 0, "bits a second")
	r.BytesPerSecond = r.rateBits / 8
	r.Burst = in.number("burstBytes", leastBytes, mostBytes, defaultBurst, "bytes")
	r.Queue = in.number("queueBytes", leastBytes, mostBytes, defaultQueue, "bytes")
	share := in.percent("sharePercent", 100)
	r.Correlation = in.percent("correlationPercent", 0)
	r.filter, r.hosts = readFilter(in)
	if in.err != nil {
		return r, in.err
	}
	if err := r.refuseContradiction(in, share); err != nil {
		return r, err
	}
	if r.AtOnce == 0 {
		// of the packets that a share leaves out, each goes at once
		r.AtOnce = 100 - share
	}
	if _, err := net.InterfaceByName(r.device); err != nil {
		return r, invalid("interface", r.device, "one of "+strings.Join(interfaceNames(), ", "))
	}
	return r, nil
}

func (in *input) percent(field string, fallback float64) float64 {
	return in.number(field, 0, 100, fallback, "percent")
}

// refuseContradiction finds what is asked for and would do nothing, or could not be.
func (r networkRequest) refuseContradiction(in *input, share float64) error {
	needs := func(field string, wrong bool, expected string) {
		if _, given := in.fields[field]; given && wrong {
			in.wrong(field, expected)
		}
	}
	needs("jitterMs", r.Jitter > 0 && r.Delay == 0, "0 without delayMs")
	needs("reorderPercent", r.AtOnce > 0 && r.Delay == 0, "a delayMs, which those reordered do not wait")
	needs("reorderGap", r.AtOnce == 0, "a reorderPercent")
	needs("sharePercent", share < 100 && r.Delay == 0, "100 without delayMs")
	needs("sharePercent", share < 100 && r.AtOnce > 0, "100 with reorderPercent: those reordered are the ones not delayed")
	needs("burstBytes", r.rateBits == 0, "a rateBitsPerSecond")
	needs("queueBytes", r.rateBits == 0, "a rateBitsPerSecond")
	all := r.Loss == 100 && len(r.impairments()) > 1
	needs("lossPercent", all, "less than 100 besides another impairment, of which nothing would be left")
	if len(r.impairments()) == 0 {
		in.wrong("delayMs", "at least one of delayMs, lossPercent, duplicatePercent, corruptPercent, rateBitsPerSecond above 0")
	}
	return in.err
}

// impairments names what is asked for.
func (r networkRequest) impairments() []string {
	var names []string
	for _, one := range []struct {
		asked bool
		name  string
	}{
		{r.Delay > 0, "delay"},
		{r.Loss > 0, "loss"},
		{r.Duplicate > 0, "duplication"},
		{r.Corrupt > 0, "corruption"},
		{r.rateBits > 0, "rate limit"},
	} {
		if one.asked {
			names = append(names, one.name)
		}
	}
	return names
}

// drops tells whether every packet is to be lost.
func (r networkRequest) drops() bool { return r.Loss == 100 }

func (r networkRequest) goes(direction traffic.Direction) bool {
	return slices.Contains(r.directions, direction)
}

// meets tells whether both are on one interface, in that direction.
func (r networkRequest) meets(other networkRequest, direction traffic.Direction) bool {
	return r.device == other.device && r.goes(direction) && other.goes(direction)
}

// alike names an impairment both have, "": none.
func (r networkRequest) alike(other networkRequest) string {
	others := other.impairments()
	for _, name := range r.impairments() {
		if slices.Contains(others, name) {
			return name
		}
	}
	return ""
}

// way is in words where the packets go that it is for.
func (r networkRequest) way() string {
	words := "what leaves " + r.device
	switch {
	case len(r.directions) == 2:
		words = "what leaves and comes in by " + r.device
	case r.directions[0] == traffic.Ingress:
		words = "what comes in by " + r.device
	}
	if chosen := r.filter.String(); chosen != "" {
		words += " (" + chosen + ")"
	}
	return words
}

// String says what is to be done to packets.
func (r networkRequest) String() string {
	var words []string
	if r.Delay > 0 {
		text := fmt.Sprintf("delay of %v", r.Delay)
		if r.Jitter > 0 {
			text += fmt.Sprintf(" ± %v", r.Jitter)
		}
		if r.AtOnce > 0 {
			text += fmt.Sprintf(", with %v%% at once", r.AtOnce)
		}
		if r.Gap > 1 {
			text += fmt.Sprintf(" of each %dth", r.Gap)
		}
		words = append(words, text)
	}
	for _, one := range []struct {
		percent float64
		name    string
	}{{r.Loss, "loss"}, {r.Duplicate, "duplication"}, {r.Corrupt, "corruption"}} {
		if one.percent > 0 {
			words = append(words, fmt.Sprintf("%s of %v%%", one.name, one.percent))
		}
	}
	if r.rateBits > 0 {
		words = append(words, fmt.Sprintf("rate limit of %.0f bit/s (burst %.0f, queue %.0f bytes)", r.rateBits, r.Burst, r.Queue))
	}
	text := strings.Join(words, ", ")
	if r.Correlation > 0 {
		text += fmt.Sprintf(", correlated by %v%%", r.Correlation)
	}
	return text + " of " + r.way()
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
