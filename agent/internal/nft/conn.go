// Package nft speaks to the kernel's nf_tables: just the messages the agent needs, and the table flag
// `owner`, by which the kernel itself removes a table when the socket that made it is closed.
package nft

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
	"squall.dev/agent/internal/netfilter"
)

// Conn is one netlink socket, for one goroutine at a time. Tables it owns live as long as it does.
type Conn struct {
	socket *netfilter.Socket
	buffer []byte
}

// Dial opens a socket in the network namespace of the calling thread.
func Dial() (*Conn, error) {
	socket, err := netfilter.Open()
	if err != nil {
		return nil, err
	}
	return &Conn{socket: socket, buffer: make([]byte, 64<<10)}, nil
}

// Close closes the socket; the kernel removes the tables it owns.
func (c *Conn) Close() error { return c.socket.Close() }

// Port is the socket's netlink port, by which the kernel names the owner of a table.
func (c *Conn) Port() uint32 { return c.socket.Port() }

// Commit has the kernel carry out all changes, or none of them: then its error says what it refused, and why.
func (c *Conn) Commit(changes ...Change) error {
	var batch []byte
	batch = batchMessage(unix.NFNL_MSG_BATCH_BEGIN).Append(batch)
	for i, change := range changes {
		change.message.Sequence = uint32(i + 1)
		batch = change.message.Append(batch)
	}
	batch = batchMessage(unix.NFNL_MSG_BATCH_END).Append(batch)
	if err := c.socket.Send(batch); err != nil {
		return fmt.Errorf("send to nf_tables: %w", err)
	}
	answered := 0
	for {
		replies, err := c.receive()
		if errors.Is(err, unix.EAGAIN) {
			break
		}
		if err != nil {
			return fmt.Errorf("answer of nf_tables: %w", err)
		}
		for _, reply := range replies {
			if reply.Err != nil {
				c.drain()
				return fmt.Errorf("%s: %w", what(changes, reply.Sequence), reply.Err)
			}
			answered++
		}
	}
	if answered != len(changes) {
		return fmt.Errorf("nf_tables answered %d of %d changes", answered, len(changes))
	}
	return nil
}

func what(changes []Change, sequence uint32) string {
	if sequence >= 1 && int(sequence) <= len(changes) {
		return changes[sequence-1].what
	}
	return "change nf_tables"
}

func (c *Conn) receive() ([]netfilter.Reply, error) {
	n, err := c.socket.Receive(c.buffer)
	if err != nil {
		return nil, err
	}
	return netfilter.Parse(c.buffer[:n])
}

// drain drops what is left of the answers to a request that failed.
func (c *Conn) drain() {
	for {
		if _, err := c.receive(); errors.Is(err, unix.EAGAIN) {
			return
		}
	}
}

func batchMessage(kind uint16) netfilter.Message {
	return netfilter.Message{Type: kind, Flags: unix.NLM_F_REQUEST, ResourceID: unix.NFNL_SUBSYS_NFTABLES}
}

func messageType(kind int) uint16 { return uint16(unix.NFNL_SUBSYS_NFTABLES<<8 | kind) }
