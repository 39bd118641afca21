// Command testamur serves badges, certificates and the page that says whether they are valid today, and is
// the client of such a server. README.md has the walk; testamur --help lists the commands.
//
// It is the only place where the parts meet. Begin with run, then serve.go.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/mattn/go-isatty"

	"testamur/assets"
	"testamur/messages"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	os.Exit(run(ctx, os.Args[1:], world{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Env: os.LookupEnv, Terminal: isatty.IsTerminal(os.Stdout.Fd()),
	}))
}

// Exit codes: scripts depend on them.
const (
	exitDone    = 0 // done, or valid
	exitNo      = 1 // the answer is no
	exitUse     = 2 // wrong use, mistyped code, no or wrong key, bad setting
	exitNoReply = 3 // could not ask
)

// failure is an error with the exit code it means. Without one, an error means exitNoReply.
type failure struct {
	code int
	err  error
}

func (f failure) Error() string { return f.err.Error() }
func (f failure) Unwrap() error { return f.err }

func wrongUse(format string, args ...any) error { return failure{exitUse, fmt.Errorf(format, args...)} }

// world is what the program has around it.
type world struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Env            func(string) (string, bool)
	Terminal       bool // Stdout is a terminal
	words          *messages.Language
}

// commands is the command line; each command is in a file of its own.
type commands struct {
	Demo    demoCommand    `cmd:"" help:"Try everything in a temporary folder: site, people in every state, a key."`
	Serve   serveCommand   `cmd:"" help:"Serve badges, certificates, the verification page and the API."`
	Grant   grantCommand   `cmd:"" help:"Grant a certification to a holder."`
	Show    showCommand    `cmd:"" help:"Show a credential as the issuer sees it."`
	Check   checkCommand   `cmd:"" help:"Ask whether a credential is valid today. Exit 0: valid; 1: anything else."`
	Draw    drawCommand    `cmd:"" help:"Draw a badge or a certificate to a file; no store, no server."`
	Export  exportCommand  `cmd:"" help:"Write the pages that are always the same to a folder, for any web host."`
	Doctor  doctorCommand  `cmd:"" help:"Say what the settings are, where they come from and what is wrong. Writes nothing."`
	Health  healthCommand  `cmd:"" help:"Ask a server whether it is ready to serve."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// run does what the command line says and returns the exit code.
func run(ctx context.Context, args []string, w world) int {
	words, err := messages.Load(sub(assets.Files, "messages"))
	if err != nil {
		fmt.Fprintln(w.Stderr, "testamur:", err)
		return exitNoReply
	}
	w.words = words.In("en")
	var c commands
	stopped := false // kong wants to exit after --help
	parser, err := kong.New(&c, kong.Name("testamur"), kong.Description("Badges and certificates that anyone can check."),
		kong.Writers(w.Stdout, w.Stderr), kong.Exit(func(int) { stopped = true }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(&w), kong.Bind(words))
	if err != nil {
		fmt.Fprintln(w.Stderr, "testamur:", err)
		return exitUse
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if stopped {
		return exitDone
	}
	if err != nil {
		fmt.Fprintf(w.Stderr, "testamur: %v\n%s\n", err, w.words.Text("program.try-help"))
		return exitUse
	}
	err = parsed.Run()
	if err == nil {
		return exitDone
	}
	fmt.Fprintln(w.Stderr, "testamur:", err)
	var f failure
	if errors.As(err, &f) {
		return f.code
	}
	return exitNoReply
}

type versionCommand struct{}

func (versionCommand) Run(w *world) error {
	_, err := fmt.Fprintln(w.Stdout, "testamur", version())
	return err
}

// version is the module's version, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	commit := ""
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			commit = " " + s.Value[:12]
		}
	}
	return info.Main.Version + commit
}
