package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"testamur/render"
)

var badges = flag.Int("badges", 2000, "how many different badges TestResidentSet draws; check soak draws 100,000")

// The process stays under the cache's setting and 150 MB, however many different badges it has drawn.
func TestResidentSet(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the resident set is read from /proc, which Linux alone has")
	}
	c := config{URL: "https://academy.example.org", CacheBytes: 256 << 20, PieceBytes: pieceBytes, Patience: time.Hour}
	boundMemory(func(string) (string, bool) { return "", false }, c)
	h, err := newHouse(c, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"Maya Lindqvist", "Jonathan Alexander Whitmore", "Zoë Đặng", "Πηνελόπη Δέλτα", "Ольга Иванова", "فاطمة الزهراء", "山田 太郎", "अनुष्का श्रीवास्तव"}
	const most, each = 256<<10 + 150_000_000>>10, 500 // kB
	largest := 0
	for i := range *badges {
		side := []int{300, 300, 600, 150}[i%4]
		pic, err := h.press.Badge(context.Background(), render.Badge{Certification: h.academy.Arts[i%len(h.academy.Arts)].Slug, Edition: "2014",
			Name: fmt.Sprint(names[i%len(names)], " ", i), State: render.StateValid, ValidTo: render.Date{Year: 2030, Month: 1 + i%12, Day: 1 + i%28},
			Code: "7K3M-9QXT-4P24", Words: "en", Width: side, Height: side})
		if err != nil || len(pic.Bytes) == 0 {
			t.Fatal(err)
		}
		if i%each == each-1 {
			largest = max(largest, residentSet(t))
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	t.Logf("%d badges: %d kB at most, %d kB now; the cache has %d kB; collecting took %.0f %% of the time", *badges, largest, residentSet(t), h.press.Stats().Bytes>>10, 100*m.GCCPUFraction)
	if largest > most {
		t.Errorf("the resident set was %d kB, at most %d kB is right", largest, most)
	}
}

// residentSet is the resident set in kB.
func residentSet(t *testing.T) (kB int) {
	t.Helper()
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(data), "VmRSS:")
	if _, err := fmt.Sscan(after, &kB); err != nil {
		t.Fatal(err)
	}
	return kB
}
