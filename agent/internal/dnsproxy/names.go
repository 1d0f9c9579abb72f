package dnsproxy

import (
	"path"
	"strings"
)

// Scheme is how a name that is asked for is compared with those of a fault.
type Scheme string

const (
	Exact     Scheme = "exact"
	Substring Scheme = "substring"
	// Glob: * stands for any characters, dots too, ? for one.
	Glob Scheme = "glob"
)

// Names are those a fault is about.
//
// Programs do not ask for the name they were given: a resolver appends the pod's search domains to one with few
// dots, and `redis` goes out as `redis.default.svc.cluster.local`. A name therefore matches what is asked for with
// each of these domains taken off, too.
type Names struct {
	Scheme Scheme
	// Patterns; none of them: every name matches.
	Patterns []string
	// Search are the domains of the pod's resolver.
	Search []string
}

// Match finds the pattern a name matches; "" when there are none.
func (n Names) Match(asked string) (pattern string, ok bool) {
	if len(n.Patterns) == 0 {
		return "", true
	}
	asked = plain(asked)
	for _, pattern := range n.Patterns {
		if n.Scheme.match(plain(pattern), asked) {
			return pattern, true
		}
		for _, domain := range n.Search {
			if short, cut := strings.CutSuffix(asked, "."+plain(domain)); cut && n.Scheme.match(plain(pattern), short) {
				return pattern, true
			}
		}
	}
	return "", false
}

func (s Scheme) match(pattern, name string) bool {
	switch s {
	case Substring:
		return strings.Contains(name, pattern)
	case Glob:
		ok, err := path.Match(pattern, name) // names have no slashes, so * is any characters
		return ok && err == nil
	default:
		return pattern == name
	}
}

// plain is a name in lower case without its last dot.
func plain(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }
