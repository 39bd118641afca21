// Worker draws as one peer does, for bench/compare: testamur itself, and what one would write in Go with the usual libraries.
//
//	worker export FOLDER FONTS   the scene, for all peers
//	worker PEER FOLDER           reads "run CASE COUNT", "write CASE FILE" and "profile CASE FILE" from standard input, a line each
//
// Every line is answered by one of JSON: of run the CPU time of this process, user and system, in microseconds, and the bytes of
// all that was made.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"

	"testamur/bench/scene"
)

// peer makes the i-th thing of a case.
type peer func(what string, i int) ([]byte, error)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 3 && args[0] == "export" {
		return scene.Write(args[1], args[2])
	}
	if len(args) != 2 {
		return fmt.Errorf("usage: worker export FOLDER FONTS, or worker PEER FOLDER")
	}
	s, err := scene.Read(args[1])
	if err != nil {
		return err
	}
	makers := map[string]func(*scene.Scene) (peer, error){
		"testamur": product(""), "testamur-lossless": product("Lossless"), "testamur-page": productPage, "testamur-qr": productQR,
		"gg-naive": ggNaive, "gg-cached": ggCached,
		"gopdf-tutorial": gopdfTutorial, "gopdf-font": gopdfFont, "fpdf": fpdfPage, "skip2": skip2Matrix,
	}
	make := makers[args[0]]
	if make == nil {
		return fmt.Errorf("there is no peer %q", args[0])
	}
	draw, err := make(s)
	if err != nil {
		return err
	}
	say := json.NewEncoder(os.Stdout)
	_ = say.Encode(map[string]any{"ready": true})
	next := 0
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var verb, what, arg string
		if _, err := fmt.Sscan(lines.Text(), &verb, &what, &arg); err != nil {
			return fmt.Errorf("%q: %w", lines.Text(), err)
		}
		if verb == "write" {
			data, err := draw(what, 0)
			if err == nil {
				err = os.WriteFile(arg, data, 0o644)
			}
			answer(say, map[string]any{"bytes": len(data)}, err)
			continue
		}
		if verb == "profile" {
			next, err = profile(draw, what, next, arg)
			answer(say, map[string]any{}, err)
			continue
		}
		count, total := 0, 0
		fmt.Sscan(arg, &count)
		before := cpu()
		for range count {
			data, drawn := draw(what, next)
			next++
			if total += len(data); drawn != nil {
				err = drawn
				break
			}
		}
		answer(say, map[string]any{"cpu": cpu() - before, "bytes": total}, err)
	}
	return nil
}

// profile draws for two seconds and writes where the time went.
func profile(draw peer, what string, next int, name string) (int, error) {
	file, err := os.Create(name)
	if err != nil {
		return next, err
	}
	defer file.Close()
	if err := pprof.StartCPUProfile(file); err != nil {
		return next, err
	}
	defer pprof.StopCPUProfile()
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); next++ {
		if _, err := draw(what, next); err != nil {
			return next, err
		}
	}
	return next, nil
}

func answer(say *json.Encoder, of map[string]any, err error) {
	if err != nil {
		of["error"] = strings.ReplaceAll(err.Error(), "\n", " ")
	}
	_ = say.Encode(of)
}

// cpu is what this process has used, user and system, in microseconds.
func cpu() int64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return (u.Utime.Sec+u.Stime.Sec)*1e6 + int64(u.Utime.Usec+u.Stime.Usec)
}
