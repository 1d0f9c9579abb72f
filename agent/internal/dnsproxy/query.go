package dnsproxy

import (
	"errors"
	"fmt"

	"golang.org/x/net/dns/dnsmessage"
)

// query is what is asked, as far as an answer needs it.
type query struct {
	header   dnsmessage.Header
	question dnsmessage.Question
	// edns tells whether the query has an OPT record, room how long an answer by UDP may be.
	edns bool
	room int
}

const (
	plainRoom = 512  // of RFC 1035
	ednsRoom  = 1232 // what an answer of the proxy's own says it can take
)

func parseQuery(message []byte) (query, error) {
	var parser dnsmessage.Parser
	header, err := parser.Start(message)
	if err != nil {
		return query{}, err
	}
	if header.Response {
		return query{}, errors.New("found a response, expected a query")
	}
	questions, err := parser.AllQuestions()
	if err != nil {
		return query{}, err
	}
	if header.OpCode != 0 || len(questions) != 1 {
		return query{}, fmt.Errorf("found operation %d with %d questions, expected a plain query with one", header.OpCode, len(questions))
	}
	q := query{header: header, question: questions[0], room: plainRoom}
	if parser.SkipAllAnswers() != nil || parser.SkipAllAuthorities() != nil {
		return q, nil
	}
	for {
		h, err := parser.AdditionalHeader()
		if err != nil {
			return q, nil
		}
		if h.Type == dnsmessage.TypeOPT {
			q.edns, q.room = true, max(plainRoom, int(h.Class))
		}
		if parser.SkipAdditional() != nil {
			return q, nil
		}
	}
}

// answer encodes an answer. One that does not fit into room is empty and says so, and is asked for by TCP then.
func (q query) answer(code dnsmessage.RCode, records []dnsmessage.Resource, room int) ([]byte, error) {
	message := dnsmessage.Message{
		Header: dnsmessage.Header{
			ID: q.header.ID, Response: true, RecursionDesired: q.header.RecursionDesired, RecursionAvailable: true, RCode: code,
		},
		Questions: []dnsmessage.Question{q.question},
		Answers:   records,
	}
	if q.edns {
		var header dnsmessage.ResourceHeader
		if err := header.SetEDNS0(ednsRoom, code, false); err != nil {
			return nil, err
		}
		header.Name = dnsmessage.MustNewName(".")
		message.Additionals = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.OPTResource{}}}
	}
	packed, err := message.Pack()
	if err == nil && len(packed) > room {
		message.Answers, message.Truncated = nil, true
		return message.Pack()
	}
	return packed, err
}
