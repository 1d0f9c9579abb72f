package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// sixAddress is of the first cable, at the peer.
const sixAddress = "fd77::2"

// nameServer is a DNS server in the peer, on all its addresses; it knows some names.
type nameServer struct {
	asked atomic.Int64
}

// zone: addresses by full name. big.test has more than fits into a packet.
var zone = map[string][]string{
	"real.test.":  {"192.0.2.1", "2001:db8::1"},
	"other.test.": {"192.0.2.2"},
	"app.test.":   {"192.0.2.3"},
}

func (w *wire) nameServer(t *testing.T) *nameServer {
	t.Helper()
	s := &nameServer{}
	for _, address := range append(peerAddresses, sixAddress) {
		packets := in(t, w.peer, func() (*net.UDPConn, error) {
			return net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(address), Port: 53})
		})
		streams := in(t, w.peer, func() (net.Listener, error) { return net.Listen("tcp", net.JoinHostPort(address, "53")) })
		t.Cleanup(func() { packets.Close(); streams.Close() })
		go s.servePackets(packets, address)
		go s.serveStreams(streams, address)
	}
	return s
}

func (s *nameServer) servePackets(socket *net.UDPConn, address string) {
	buffer := make([]byte, 4096)
	for {
		n, from, err := socket.ReadFromUDP(buffer)
		if err != nil {
			return
		}
		_, _ = socket.WriteToUDP(s.answer(buffer[:n], address, 512), from)
	}
}

func (s *nameServer) serveStreams(listener net.Listener, address string) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer connection.Close()
			for {
				query, err := readFrame(connection)
				if err != nil || writeFrame(connection, s.answer(query, address, 65535)) != nil {
					return
				}
			}
		}()
	}
}

// answer gives what the zone has, and tells as TXT of server.test. which address was asked.
func (s *nameServer) answer(query []byte, address string, room int) []byte {
	s.asked.Add(1)
	var message dnsmessage.Message
	if err := message.Unpack(query); err != nil {
		panic(err)
	}
	message.Response, message.Additionals = true, nil
	question := message.Questions[0]
	header := dnsmessage.ResourceHeader{Name: question.Name, Class: question.Class, TTL: 30}
	name := strings.ToLower(question.Name.String())
	add := func(body dnsmessage.ResourceBody) {
		message.Answers = append(message.Answers, dnsmessage.Resource{Header: header, Body: body})
	}
	switch addresses, known := zone[name]; {
	case name == "server.test.":
		add(&dnsmessage.TXTResource{TXT: []string{address}})
	case name == "big.test.":
		for i := range 300 {
			add(&dnsmessage.AResource{A: [4]byte{10, 0, byte(i >> 8), byte(i)}})
		}
	case !known:
		message.RCode = dnsmessage.RCodeNameError
	default:
		for _, text := range addresses {
			ip := net.ParseIP(text)
			if four := ip.To4(); four != nil && question.Type == dnsmessage.TypeA {
				add(&dnsmessage.AResource{A: [4]byte(four)})
			} else if four == nil && question.Type == dnsmessage.TypeAAAA {
				add(&dnsmessage.AAAAResource{AAAA: [16]byte(ip)})
			}
		}
	}
	packed, err := message.Pack()
	if err == nil && len(packed) > room {
		message.Answers, message.Truncated = nil, true
		packed, err = message.Pack()
	}
	if err != nil {
		panic(err)
	}
	return packed
}

func readFrame(from io.Reader) ([]byte, error) {
	length := make([]byte, 2)
	if _, err := io.ReadFull(from, length); err != nil {
		return nil, err
	}
	message := make([]byte, binary.BigEndian.Uint16(length))
	_, err := io.ReadFull(from, message)
	return message, err
}

func writeFrame(to io.Writer, message []byte) error {
	_, err := to.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(message))), message...))
	return err
}

// asker asks a name server from the pod, by one socket.
type asker struct {
	net.Conn
	stream bool
}

func (w *wire) asker(t *testing.T, network, server string) *asker {
	t.Helper()
	connection := in(t, w.pod, func() (net.Conn, error) { return net.Dial(network, net.JoinHostPort(server, "53")) })
	t.Cleanup(func() { connection.Close() })
	return &asker{connection, network == "tcp"}
}

const unanswered = "no answer"

// ask gives an answer in words: its addresses and names in order, or its code.
func (a *asker) ask(t *testing.T, name string, kind dnsmessage.Type) string {
	t.Helper()
	answer, err := a.exchange(name, kind, 700*time.Millisecond, false)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return unanswered
	}
	if err != nil {
		t.Fatalf("ask for %s: %v", name, err)
	}
	return inWords(answer)
}

func inWords(answer dnsmessage.Message) string {
	words := []string{}
	if answer.Truncated {
		words = append(words, "truncated")
	}
	if answer.RCode != dnsmessage.RCodeSuccess {
		words = append(words, strings.TrimPrefix(answer.RCode.String(), "RCode"))
	}
	for _, record := range answer.Answers {
		switch body := record.Body.(type) {
		case *dnsmessage.AResource:
			words = append(words, net.IP(body.A[:]).String())
		case *dnsmessage.AAAAResource:
			words = append(words, net.IP(body.AAAA[:]).String())
		case *dnsmessage.CNAMEResource:
			words = append(words, "="+body.CNAME.String())
		case *dnsmessage.TXTResource:
			words = append(words, body.TXT...)
		}
	}
	return strings.Join(words, " ")
}

func (a *asker) exchange(name string, kind dnsmessage.Type, limit time.Duration, edns bool) (dnsmessage.Message, error) {
	id := uint16(time.Now().UnixNano())
	query := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: id, RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName(name), Type: kind, Class: dnsmessage.ClassINET}},
	}
	if edns {
		header := dnsmessage.ResourceHeader{}
		if err := header.SetEDNS0(4096, 0, false); err != nil {
			return query, err
		}
		header.Name = dnsmessage.MustNewName(".")
		query.Additionals = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.OPTResource{}}}
	}
	packed, err := query.Pack()
	if err != nil {
		return query, err
	}
	if err := a.SetDeadline(time.Now().Add(limit)); err != nil {
		return query, err
	}
	var answer dnsmessage.Message
	if a.stream {
		if err := writeFrame(a, packed); err != nil {
			return answer, err
		}
	} else if _, err := a.Write(packed); err != nil {
		return answer, err
	}
	for {
		var received []byte
		if a.stream {
			received, err = readFrame(a)
		} else {
			received = make([]byte, 65535)
			var n int
			n, err = a.Read(received)
			received = received[:max(n, 0)]
		}
		if err != nil {
			return answer, err
		}
		if err := answer.Unpack(received); err != nil {
			return answer, fmt.Errorf("unpack: %w", err)
		}
		if answer.ID == id {
			return answer, nil
		}
	}
}
