package main

import (
	"os/exec"
	"strings"
	"testing"
)

func TestInvalidRequests(t *testing.T) {
	const rest = `"kind":"network","interface":"lo"`
	for _, test := range []struct{ request, field, found string }{
		{`no json`, "request", "no json"},
		{`[]`, "request", "[]"},
		{`{}`, "op", "nothing"},
		{`{"op":"explode"}`, "op", `"explode"`},
		{`{"op":"status"}`, "id", "nothing"},
		{`{"op":"status","id":"Upper"}`, "id", `"Upper"`},
		{`{"op":"stop","id":"` + strings.Repeat("a", 64) + `"}`, "id", `"` + strings.Repeat("a", 64) + `"`},
		{`{"op":"status","id":"a","why":1}`, "why", "1"},
		{`{"op":"start","id":"a","ttlMs":1000,"delayMs":500,"kind":"cpu-stress","interface":"lo"}`, "kind", `"cpu-stress"`},
		{`{"op":"start","id":"a","delayMs":500,` + rest + `}`, "ttlMs", "nothing"},
		{`{"op":"start","id":"a","ttlMs":"60s","delayMs":500,` + rest + `}`, "ttlMs", `"60s"`},
		{`{"op":"start","id":"a","ttlMs":0,"delayMs":500,` + rest + `}`, "ttlMs", "0"},
		{`{"op":"start","id":"a","ttlMs":1000,"delayMs":-1,` + rest + `}`, "delayMs", "-1"},
		{`{"op":"start","id":"a","ttlMs":1000,"delayMs":300000,` + rest + `}`, "delayMs", "300000"},
		{`{"op":"start","id":"a","ttlMs":1000,"delayMs":null,` + rest + `}`, "delayMs", "null"},
		{`{"op":"start","id":"a","ttlMs":1000,"delayMs":500,"jitterMs":501,` + rest + `}`, "jitterMs", "501"},
		{`{"op":"start","id":"a","ttlMs":1000,"delayMs":500,"mechanism":"magic",` + rest + `}`, "mechanism", `"magic"`},
		{`{"op":"start","id":"a","ttlMs":1000,"delayMs":500,"delay":1,` + rest + `}`, "delay", "1"},
		{`{"op":"start","id":"a","ttlMs":1000,"delayMs":500,"interface":"nosuch0"}`, "interface", "nosuch0"},
		{`{"op":"start","id":"a","ttlMs":1000,"delayMs":500}`, "interface", "nothing"},
	} {
		t.Run(test.request, func(t *testing.T) {
			answer, ok := newAgent(newIdleClock(maxTTL)).handle([]byte(test.request)).(Answer)
			if !ok || answer.OK || answer.Error == nil {
				t.Fatalf("answer: %+v", answer)
			}
			got := answer.Error
			if got.Code != "invalid" || got.Field != test.field || got.Found != test.found || got.Expected == "" {
				t.Errorf("refused with %+v, expected field %s, found %s", got, test.field, test.found)
			}
			for _, part := range []string{got.Field, got.Found, got.Expected} {
				if !strings.Contains(got.Message, part) {
					t.Errorf("message %q lacks %q", got.Message, part)
				}
			}
		})
	}
}

func TestCallFromTheCommandLine(t *testing.T) {
	a := startAgent(t, currentNamespace(t), "")
	for _, test := range []struct {
		socket, request, output string
		code                    int
	}{
		{a.socket, `{"op":"status",` + "\n" + `"id":"nobody"}`, `"state":"unknown"`, 0},
		{a.socket, `{"op":"status"}`, `"code":"invalid"`, 1},
		{a.socket + "-none", `{"op":"list"}`, `"code":"not-listening"`, 1},
	} {
		command := exec.Command(self(t), "call", "--socket", test.socket, test.request)
		var output strings.Builder
		command.Stdout = &output
		code := start(t, command).await(t, callTimeout)
		if code != test.code || !strings.Contains(output.String(), test.output) || strings.Count(output.String(), "\n") != 1 {
			t.Errorf("%s: exit code %d, printed %q", test.request, code, output.String())
		}
	}
}
