package dnsproxy

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/netip"
	"sync"
	"time"

	"squall.dev/agent/internal/conntrack"
)

// serveStreams takes connections.
func (p *Proxy) serveStreams(listener *net.TCPListener) {
	for {
		connection, err := listener.AcceptTCP()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			log.Printf("a query by TCP: %v", err)
			time.Sleep(acceptPause)
			continue
		}
		p.mutex.Lock()
		p.connections[connection] = true
		if p.ctx.Err() != nil {
			connection.Close()
		}
		p.mutex.Unlock()
		p.tasks.Go(func() {
			p.serveStream(connection)
			p.mutex.Lock()
			delete(p.connections, connection)
			p.mutex.Unlock()
		})
	}
}

// stream is a connection of a client, and the one to the server it is for once something goes on there.
type stream struct {
	proxy   *Proxy
	client  *net.TCPConn
	server  netip.AddrPort
	onwards net.Conn
	writing sync.Mutex
}

// serveStream reads one message after another. An answer may overtake another, as with a server.
func (p *Proxy) serveStream(client *net.TCPConn) {
	defer client.Close()
	server, err := conntrack.OriginalTCP(client)
	if err != nil {
		return // whoever connects to the proxy itself is told nothing
	}
	s := &stream{proxy: p, client: client, server: server}
	defer func() {
		if s.onwards != nil {
			s.onwards.Close()
		}
	}()
	for {
		message, err := readFramed(client)
		if err != nil {
			return
		}
		answer, forward := p.handle(message, server, maxMessage)
		if forward {
			p.forwarded.Add(1)
			if err := s.forward(message); err != nil {
				p.failed.Add(1)
				return
			}
		}
		if answer != nil && s.write(answer) != nil {
			return
		}
	}
}

func (s *stream) write(message []byte) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	return writeFramed(s.client, message)
}

// forward hands a message on; what the server says goes back message by message.
func (s *stream) forward(message []byte) error {
	if s.onwards == nil {
		onwards, err := s.proxy.dial(s.proxy.ctx, "tcp", s.server)
		if err != nil {
			return err
		}
		s.onwards = onwards
		s.proxy.tasks.Go(func() {
			defer s.client.Close() // the server has closed
			for {
				answer, err := readFramed(onwards)
				if err != nil || s.write(answer) != nil {
					return
				}
			}
		})
	}
	return writeFramed(s.onwards, message)
}

// exchangeStream asks a server by a connection of its own.
func (p *Proxy) exchangeStream(ctx context.Context, message []byte, server netip.AddrPort) ([]byte, error) {
	connection, err := p.dial(ctx, "tcp", server)
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	defer context.AfterFunc(ctx, func() { connection.Close() })()
	if err := connection.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	if err := writeFramed(connection, message); err != nil {
		return nil, err
	}
	return readFramed(connection)
}

func readFramed(from io.Reader) ([]byte, error) {
	var length [2]byte
	if _, err := io.ReadFull(from, length[:]); err != nil {
		return nil, err
	}
	message := make([]byte, binary.BigEndian.Uint16(length[:]))
	_, err := io.ReadFull(from, message)
	return message, err
}

func writeFramed(to io.Writer, message []byte) error {
	if len(message) > maxMessage {
		return fmt.Errorf("message: found %d bytes, expected at most %d", len(message), maxMessage)
	}
	_, err := to.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(message))), message...))
	return err
}
