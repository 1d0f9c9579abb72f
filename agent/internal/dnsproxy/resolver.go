package dnsproxy

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Resolver is what of a resolv.conf decides which names are asked for.
type Resolver struct {
	Search []string
	// Dots: a name with fewer is asked for with the search domains first.
	Dots int
}

// ReadResolver reads a resolv.conf; that of the agent's container is the pod's.
func ReadResolver(path string) (Resolver, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Resolver{}, fmt.Errorf("search domains of the pod: %w", err)
	}
	return parseResolver(string(data)), nil
}

func parseResolver(text string) Resolver {
	r := Resolver{Dots: 1}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		switch words[0] {
		case "search", "domain":
			r.Search = words[1:]
		case "options":
			for _, option := range words[1:] {
				if count, ok := strings.CutPrefix(option, "ndots:"); ok {
					if dots, err := strconv.Atoi(count); err == nil {
						r.Dots = dots
					}
				}
			}
		}
	}
	return r
}

// Candidates are the full names a resolver asks for when it is asked for a name, in its order.
func (r Resolver) Candidates(name string) []string {
	if strings.HasSuffix(name, ".") {
		return []string{name}
	}
	var list []string
	for _, domain := range r.Search {
		list = append(list, name+"."+strings.TrimSuffix(domain, ".")+".")
	}
	if strings.Count(name, ".") >= r.Dots {
		return append([]string{name + "."}, list...)
	}
	return append(list, name+".")
}
