package dnsproxy

import (
	"slices"
	"testing"
)

func TestNamesMatch(t *testing.T) {
	search := []string{"default.svc.cluster.local", "svc.cluster.local", "cluster.local"}
	for _, test := range []struct {
		scheme         Scheme
		pattern, asked string
		matches        bool
	}{
		{Exact, "redis", "redis.default.svc.cluster.local.", true},
		{Exact, "redis", "redis.", true},
		{Exact, "redis.default", "redis.default.svc.cluster.local.", true},
		{Exact, "redis.default.svc.cluster.local", "redis.default.svc.cluster.local.", true},
		{Exact, "redis", "redis.other.svc.cluster.local.", false},
		{Exact, "redis", "my-redis.default.svc.cluster.local.", false},
		{Exact, "API.example.com.", "api.Example.com.", true},
		{Exact, "api.example.com", "api.example.com.default.svc.cluster.local.", true},
		{Exact, "api.example.com", "xapi.example.com.", false},
		{Substring, "example", "api.example.com.", true},
		{Substring, "example", "api.exam.ple.com.", false},
		{Glob, "*.example.com", "a.b.example.com.", true},
		{Glob, "*.example.com", "example.com.", false},
		{Glob, "redis-?", "redis-1.default.svc.cluster.local.", true},
		{Glob, "redis-?", "redis-12.default.svc.cluster.local.", false},
	} {
		names := Names{Scheme: test.scheme, Patterns: []string{"unrelated", test.pattern}, Search: search}
		if pattern, ok := names.Match(test.asked); ok != test.matches || ok && pattern != test.pattern {
			t.Errorf("%s %q against %q: found %v by %q", test.scheme, test.pattern, test.asked, ok, pattern)
		}
	}
	if _, ok := (Names{}).Match("anything."); !ok {
		t.Error("no patterns do not match")
	}
}

func TestResolver(t *testing.T) {
	r := parseResolver("nameserver 10.96.0.10\nsearch a.svc.test svc.test\noptions ndots:5 edns0\n")
	for name, expected := range map[string][]string{
		"redis":        {"redis.a.svc.test.", "redis.svc.test.", "redis."},
		"a.b.c.d.e.f":  {"a.b.c.d.e.f.", "a.b.c.d.e.f.a.svc.test.", "a.b.c.d.e.f.svc.test."},
		"example.com.": {"example.com."},
	} {
		if found := r.Candidates(name); !slices.Equal(found, expected) {
			t.Errorf("%s: found %v, expected %v", name, found, expected)
		}
	}
}
