package main

import (
	"os"
	"runtime"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
)

// childVariable makes this test binary stand in for the program, since the
// station starts its trainings and checks as children of its own file.
const childVariable = "ASSAY_TEST_CHILD"

// testApp is the one app of this process with a real window driver; nil without
// a display.
var testApp fyne.App

func init() { runtime.LockOSThread() } // GLFW wants the first thread

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		os.Exit(execute())
	}
	if err := os.Setenv(childVariable, "1"); err != nil {
		panic(err)
	}
	if displayName() == "" {
		os.Exit(m.Run())
	}
	testApp = app.NewWithID(applicationID + ".test")
	code := 0
	go func() {
		code = m.Run()
		fyne.Do(testApp.Quit)
	}()
	testApp.Run()
	os.Exit(code)
}
