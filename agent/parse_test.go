package main

import (
	"reflect"
	"testing"
	"time"

	"squall.dev/agent/internal/traffic"
)

func TestMarkReadsWhatItWrites(t *testing.T) {
	wrote := mark{id: "run-1-a", device: "eth0", direction: traffic.Ingress, mechanism: "netem", until: time.UnixMilli(1_700_000_000_123)}
	read, ok := parseMark(wrote.String())
	if !ok || read != wrote {
		t.Errorf("wrote %v, read %v, %v", wrote, read, ok)
	}
	longest := mark{
		id:     "123456789-123456789-123456789-123456789-123456789-123456789-123",
		device: "123456789012345", direction: traffic.Egress, mechanism: "nfqueue", until: time.UnixMilli(9_999_999_999_999),
	}
	if length := len(longest.String()); length > 127 {
		t.Errorf("the longest mark has %d bytes, more than a rule's comment holds", length)
	}
	for _, comment := range []string{"", "squall trial", "squall id=a oif=b until=x by=c", "mine: squall id=a oif=b until=1 by=c"} {
		if read, ok := parseMark(comment); ok {
			t.Errorf("%q was read as %v", comment, read)
		}
	}
}

func TestParseCapabilities(t *testing.T) {
	got, err := parseCapabilities("Name:\tx\nCapPrm:\tffffffffffffffff\nCapEff:\t0000000000003000\n")
	if err != nil || !reflect.DeepEqual(got, []string{"NET_ADMIN", "NET_RAW"}) {
		t.Errorf("found %v, %v", got, err)
	}
	if _, err := parseCapabilities("Name:\tx\n"); err == nil {
		t.Error("a status without CapEff was accepted")
	}
}

func TestCPUCgroup(t *testing.T) {
	for _, test := range []struct{ text, expected string }{
		{"0::/kubepods/pod1/c1\n", "/kubepods/pod1/c1"},
		{"4:memory:/m\n3:cpu,cpuacct:/kubepods/c\n2:cpuset:/s\n0::/u\n", "/kubepods/c"},
		{"4:memory:/m\n0::/u\n", "/u"},
		{"", ""},
	} {
		if got := cpuCgroup(test.text); got != test.expected {
			t.Errorf("%q: found %q, expected %q", test.text, got, test.expected)
		}
	}
}

func TestParseThrottling(t *testing.T) {
	for _, test := range []struct {
		text     string
		expected *throttling
	}{
		{"usage_usec 1\nnr_periods 9\nnr_throttled 4\nthrottled_usec 2500000\n", &throttling{4, 2.5}},
		{"nr_periods 9\nnr_throttled 4\nthrottled_time 1500000000\n", &throttling{4, 1.5}},
		{"usage_usec 1\nuser_usec 1\n", nil},
	} {
		if got := parseThrottling(test.text); !reflect.DeepEqual(got, test.expected) {
			t.Errorf("%q: found %v, expected %v", test.text, got, test.expected)
		}
	}
}
