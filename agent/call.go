package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

const callTimeout = 30 * time.Second

// call hands a request to the agent and prints its answer; false: the answer is not ok.
func call(arguments []string, out io.Writer) (bool, error) {
	flags := flag.NewFlagSet("call", flag.ContinueOnError)
	path := flags.String("socket", "", "where the agent listens")
	if err := flags.Parse(arguments); err != nil {
		return false, err
	}
	if flags.NArg() != 1 {
		return false, fmt.Errorf("call: found %d words, expected one: the request as JSON", flags.NArg())
	}
	line, err := ask(*path, flags.Arg(0))
	if err != nil {
		encoded, _ := json.Marshal(refusal(err))
		line = string(encoded)
	}
	fmt.Fprintln(out, strings.TrimSpace(line))
	var answer Answer
	if err := json.Unmarshal([]byte(line), &answer); err != nil {
		return false, nil
	}
	return answer.OK, nil
}

func ask(path, request string) (string, error) {
	connection, err := dial("", path)
	if err != nil {
		return "", err
	}
	defer connection.Close()
	return converseOnce(connection, request)
}

func converseOnce(connection *net.UnixConn, request string) (string, error) {
	if err := connection.SetDeadline(time.Now().Add(callTimeout)); err != nil {
		return "", err
	}
	// A request may be written over several lines; the agent reads one.
	if _, err := io.WriteString(connection, strings.ReplaceAll(request, "\n", " ")+"\n"); err != nil {
		return "", err
	}
	return bufio.NewReader(connection).ReadString('\n')
}
