package server

import (
	"errors"
	"io"
	"net"
	"testing"
)

// Who stood before the door when it closed is let in, and nobody after.
func TestDoor(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &door{Listener: inner}
	const early = 5
	for range early {
		conn, err := net.Dial("tcp", d.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, "knock"); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(d.Close(), d.Close()); err != nil {
		t.Fatal(err)
	}
	if conn, err := net.Dial("tcp", d.Addr().String()); err == nil {
		conn.Close()
		t.Error("it is still open")
	}
	for i := range early {
		conn, err := d.Accept()
		if err != nil {
			t.Fatalf("%d of %d were let in: %v", i, early, err)
		}
		said := make([]byte, 5)
		if _, err := io.ReadFull(conn, said); err != nil || string(said) != "knock" {
			t.Errorf("%q %v", said, err)
		}
		conn.Close()
	}
	if _, err := d.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("afterwards: %v", err)
	}
}
