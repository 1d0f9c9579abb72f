package main

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"
)

// input is a request's fields. It remembers the first that is wrong, and which were asked for.
type input struct {
	fields map[string]json.RawMessage
	known  []string
	err    error
}

func parseInput(line []byte) (*input, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(line, &fields); err != nil {
		return nil, invalid("request", string(line), "a JSON object ("+err.Error()+")")
	}
	return &input{fields: fields}, nil
}

func invalid(field, found, expected string) *Refusal {
	return &Refusal{
		Code:    "invalid",
		Message: fmt.Sprintf("%s: found %s, expected %s", field, found, expected),
		Field:   field, Found: found, Expected: expected,
	}
}

func (in *input) wrong(field, expected string) {
	if in.err != nil {
		return
	}
	found := "nothing"
	if raw, ok := in.fields[field]; ok {
		found = string(raw)
	}
	in.err = invalid(field, found, expected)
}

// text reads a string that matches the pattern; expected says in words what that is.
func (in *input) text(field string, pattern *regexp.Regexp, expected string) string {
	in.known = append(in.known, field)
	var value string
	if raw, ok := in.fields[field]; !ok || json.Unmarshal(raw, &value) != nil || !pattern.MatchString(value) {
		in.wrong(field, expected)
		return ""
	}
	return value
}

// choice reads one of some words; absent: the first.
func (in *input) choice(field string, words ...string) string {
	in.known = append(in.known, field)
	raw, ok := in.fields[field]
	if !ok {
		return words[0]
	}
	var value string
	if json.Unmarshal(raw, &value) != nil || !slices.Contains(words, value) {
		in.wrong(field, "one of "+strings.Join(words, ", "))
		return words[0]
	}
	return value
}

// milliseconds reads a duration given as a number of ms; a fallback below 0: the field must be there.
func (in *input) milliseconds(field string, least, most time.Duration, fallback time.Duration) time.Duration {
	ms := in.number(field, float64(least)/1e6, float64(most)/1e6, float64(fallback)/1e6, "milliseconds")
	return time.Duration(math.Round(ms * 1e6))
}

func (in *input) number(field string, least, most, fallback float64, unit string) float64 {
	in.known = append(in.known, field)
	raw, ok := in.fields[field]
	if !ok && fallback >= 0 {
		return fallback
	}
	var value float64
	if !ok || json.Unmarshal(raw, &value) != nil || string(raw) == "null" || value < least || value > most {
		in.wrong(field, fmt.Sprintf("%s, %v to %v", unit, least, most))
		return 0
	}
	return value
}

// finish gives the first thing wrong, an unknown field included.
func (in *input) finish() error {
	if in.err != nil {
		return in.err
	}
	for field := range in.fields {
		if field != "op" && !slices.Contains(in.known, field) {
			return invalid(field, string(in.fields[field]), "no such field; known are "+strings.Join(in.known, ", "))
		}
	}
	return nil
}

var idPattern = regexp.MustCompile(`^[a-z0-9-]{1,63}$`)

const idExpected = "1 to 63 of a-z, 0-9 and -"

func (in *input) id() string { return in.text("id", idPattern, idExpected) }
