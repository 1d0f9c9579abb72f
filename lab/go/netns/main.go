// netns tells what network namespaces hold that could disturb packets: tables of nf_tables, queueing disciplines, and packet queues.
// usage: netns PID...
// It prints a line of JSON for each, and none for a process that has ended. It needs root. One process for all of them: on a busy
// machine, a process each would take seconds.
package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

type seen struct {
	PID int `json:"pid"`
	// Tables are `inet squall_1234`.
	Tables []string `json:"tables"`
	// Qdiscs are `tbf 8001: dev eth0`; those of kind noqueue, which do nothing, are left out.
	Qdiscs []string `json:"qdiscs"`
	// Queues are lines of /proc/net/netfilter/nfnetlink_queue.
	Queues []string `json:"queues"`
}

func main() {
	runtime.LockOSThread()
	output := json.NewEncoder(os.Stdout)
	for _, word := range os.Args[1:] {
		pid, err := strconv.Atoi(word)
		if err != nil {
			fail(fmt.Errorf("process %q: expected its number", word))
		}
		found, err := look(pid)
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH) {
			continue
		}
		if err != nil {
			fail(fmt.Errorf("network namespace of process %d: %w", pid, err))
		}
		if err := output.Encode(found); err != nil {
			fail(err)
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "netns:", err)
	os.Exit(1)
}

func look(pid int) (seen, error) {
	found := seen{PID: pid, Tables: []string{}, Qdiscs: []string{}, Queues: []string{}}
	namespace, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", pid))
	if err != nil {
		return found, err
	}
	defer namespace.Close()
	if err := unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNET); err != nil {
		return found, fmt.Errorf("enter: %w", err)
	}
	if found.Tables, err = tables(); err != nil {
		return found, fmt.Errorf("tables: %w", err)
	}
	if found.Qdiscs, err = qdiscs(); err != nil {
		return found, fmt.Errorf("qdiscs: %w", err)
	}
	// Of this thread, which alone is in the namespace.
	text, err := os.ReadFile("/proc/thread-self/net/netfilter/nfnetlink_queue")
	if err != nil {
		return found, fmt.Errorf("queues: %v", err)
	}
	for line := range strings.Lines(string(text)) {
		found.Queues = append(found.Queues, strings.TrimSpace(line))
	}
	return found, nil
}

var families = map[byte]string{
	unix.NFPROTO_INET: "inet", unix.NFPROTO_IPV4: "ip", unix.NFPROTO_IPV6: "ip6",
	unix.NFPROTO_ARP: "arp", unix.NFPROTO_BRIDGE: "bridge", unix.NFPROTO_NETDEV: "netdev",
}

func tables() ([]string, error) {
	const (
		get     = unix.NFNL_SUBSYS_NFTABLES<<8 | unix.NFT_MSG_GETTABLE
		headLen = 4 // struct nfgenmsg
	)
	found := []string{}
	err := dump(unix.NETLINK_NETFILTER, get, make([]byte, headLen), func(body []byte) {
		family, ok := families[body[0]]
		if !ok {
			family = strconv.Itoa(int(body[0]))
		}
		found = append(found, family+" "+text(attributes(body[headLen:])[unix.NFTA_TABLE_NAME]))
	})
	return found, err
}

func qdiscs() ([]string, error) {
	const headLen = 20 // struct tcmsg
	found := []string{}
	err := dump(unix.NETLINK_ROUTE, unix.RTM_GETQDISC, make([]byte, headLen), func(body []byte) {
		kind := text(attributes(body[headLen:])[unix.TCA_KIND])
		if kind == "noqueue" {
			return
		}
		index := int(binary.NativeEndian.Uint32(body[4:8]))
		handle := binary.NativeEndian.Uint32(body[8:12])
		name := strconv.Itoa(index)
		if device, err := net.InterfaceByIndex(index); err == nil {
			name = device.Name
		}
		found = append(found, fmt.Sprintf("%s %x: dev %s", kind, handle>>16, name))
	})
	return found, err
}

// dump asks for all there is of a kind, in this thread's network namespace; `each` gets the messages without their headers.
func dump(protocol int, kind uint16, request []byte, each func(body []byte)) error {
	socket, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, protocol)
	if err != nil {
		return err
	}
	defer unix.Close(socket)
	message := make([]byte, unix.SizeofNlMsghdr, unix.SizeofNlMsghdr+len(request))
	message = append(message, request...)
	binary.NativeEndian.PutUint32(message[0:], uint32(len(message)))
	binary.NativeEndian.PutUint16(message[4:], kind)
	binary.NativeEndian.PutUint16(message[6:], unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	if err := unix.Sendto(socket, message, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	buffer := make([]byte, 1<<16)
	for {
		length, _, err := unix.Recvfrom(socket, buffer, 0)
		if err != nil {
			return err
		}
		for rest := buffer[:length]; len(rest) >= unix.SizeofNlMsghdr; {
			size := int(binary.NativeEndian.Uint32(rest[0:]))
			if size < unix.SizeofNlMsghdr || size > len(rest) {
				return fmt.Errorf("a message of %d bytes in %d", size, len(rest))
			}
			body := rest[unix.SizeofNlMsghdr:size]
			switch binary.NativeEndian.Uint16(rest[4:]) {
			case unix.NLMSG_DONE:
				return nil
			case unix.NLMSG_ERROR:
				if code := int32(binary.NativeEndian.Uint32(body)); code != 0 {
					return unix.Errno(-code)
				}
				return nil
			default:
				each(body)
			}
			rest = rest[min(align(size), len(rest)):]
		}
	}
}

// typeMask takes the flags off the type of an attribute.
const typeMask = 0x3fff

// attributes of a message, by their type.
func attributes(data []byte) map[uint16][]byte {
	found := map[uint16][]byte{}
	for len(data) >= unix.SizeofNlAttr {
		size := int(binary.NativeEndian.Uint16(data[0:]))
		if size < unix.SizeofNlAttr || size > len(data) {
			break
		}
		found[binary.NativeEndian.Uint16(data[2:])&typeMask] = data[unix.SizeofNlAttr:size]
		data = data[min(align(size), len(data)):]
	}
	return found
}

func align(size int) int {
	return (size + 3) &^ 3
}

func text(value []byte) string {
	return strings.TrimRight(string(value), "\x00")
}
