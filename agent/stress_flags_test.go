package main

import (
	"runtime"
	"testing"
)

func TestStressFlagsCores(t *testing.T) {
	arguments := func(more ...string) []string {
		return append([]string{"--id", "x", "--load", "50", "--ttl-ms", "1000", "--agent-pid", "1"}, more...)
	}
	for given, expected := range map[string]int{"0": runtime.NumCPU(), "3": 3} {
		request, _, _, err := readStressFlags(arguments("--cores", given))
		if err != nil || *request.Cores != expected {
			t.Errorf("--cores %s: found %d, %v, expected %d", given, request.Cores, err, expected)
		}
	}
	for _, bad := range [][]string{arguments(), arguments("--cores", "-2"), arguments("--cores", "257")} {
		if _, _, _, err := readStressFlags(bad); err == nil {
			t.Errorf("%v: found no error", bad)
		}
	}
}
