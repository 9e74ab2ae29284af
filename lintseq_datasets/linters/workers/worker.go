// Reads a JSON line for each text, {"id": 1, "text": "..."}, and answers with one:
// {"id": 1, "errors": [["syntax", 3, 0, "why"], ...]} or {"id": 1, "failed": "why"}.
// A text is parsed and its types are checked. Nothing is compiled or run.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"
)

type asked struct {
	ID   int    `json:"id"`
	Text string `json:"text"`
}

type answer struct {
	ID     int     `json:"id"`
	Errors [][]any `json:"errors"`
	Failed string  `json:"failed,omitempty"`
}

// What is imported is read once, with positions of its own.
var imported = importer.ForCompiler(token.NewFileSet(), "source", nil)

// Only packages of the standard library: nothing of a text names a path that is looked at.
// What was imported is remembered here, as the importer would look at its folder each time.
type library map[string]*types.Package

var standard = library{}

func (known library) Import(path string) (*types.Package, error) {
	if found, ok := known[path]; ok {
		return found, nil
	}
	first, _, _ := strings.Cut(path, "/")
	if path == "C" || strings.Contains(first, ".") || strings.HasPrefix(path, "/") {
		return nil, fmt.Errorf("no package %s in the standard library", path)
	}
	if info, err := os.Stat(runtime.GOROOT() + "/src/" + path); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("no package %s in the standard library", path)
	}
	found, err := imported.Import(path)
	if err == nil {
		known[path] = found
	}
	return found, err
}

func judge(text string) (found [][]any, failed string) {
	defer func() {
		if problem := recover(); problem != nil {
			found, failed = nil, fmt.Sprint(problem)
		}
	}()
	found = [][]any{}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "", text, parser.AllErrors|parser.SkipObjectResolution)
	if err != nil {
		var list scanner.ErrorList
		if errors.As(err, &list) {
			for _, one := range list {
				found = append(found, []any{"syntax", one.Pos.Line, one.Pos.Column - 1, one.Msg})
			}
			return found, ""
		}
		return nil, err.Error()
	}
	config := types.Config{
		Importer: standard,
		Error: func(err error) {
			var one types.Error
			if !errors.As(err, &one) {
				return
			}
			// Where a line directive points elsewhere, the place in the text counts.
			place := files.PositionFor(one.Pos, false)
			code := reflect.ValueOf(one).FieldByName("go116code")
			id := "types"
			if code.IsValid() {
				id = fmt.Sprintf("types-%d", code.Int())
			}
			found = append(found, []any{id, place.Line, place.Column - 1, one.Msg})
		},
	}
	_, _ = config.Check("main", files, []*ast.File{file}, nil)
	return found, ""
}

func main() {
	debug.SetMaxStack(256 << 20)
	debug.SetGCPercent(400) // most of what is there are packages, which stay
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	hello := map[string]any{"hello": "go", "version": strings.TrimPrefix(runtime.Version(), "go")}
	if _, err := standard.Import("fmt"); err != nil {
		hello["problem"] = err.Error()
	}
	_ = encoder.Encode(hello)
	_ = out.Flush()
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		var question asked
		if json.Unmarshal(line, &question) != nil {
			return
		}
		found, failed := judge(question.Text)
		_ = encoder.Encode(answer{question.ID, found, failed})
		if in.Buffered() == 0 || out.Buffered() > 1<<15 {
			_ = out.Flush()
		}
	}
}
