package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"text/template"
)

func conv(v any) any {
	switch v := v.(type) {
	case json.Number:
		if strings.ContainsAny(string(v), ".eE") {
			f, _ := v.Float64()
			return f
		}
		n, _ := v.Int64()
		return int(n)
	case []any:
		for i := range v {
			v[i] = conv(v[i])
		}
		return v
	case map[string]any:
		for k := range v {
			v[k] = conv(v[k])
		}
		return v
	}
	return v
}

func main() {
	raw, _ := os.ReadFile("data.json")
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var data any
	d.Decode(&data)
	data = conv(data)
	f, _ := os.Open("cases.txt")
	s := bufio.NewScanner(f)
	type R struct {
		Template string `json:"template"`
		Output   string `json:"output"`
		Error    string `json:"error,omitempty"`
		Strict   bool   `json:"strict,omitempty"`
	}
	enc := json.NewEncoder(os.Stdout)
	enc.SetEscapeHTML(false)
	for s.Scan() {
		for _, strict := range []bool{false, true} {
			t := template.New("report")
			if strict {
				t = t.Option("missingkey=error")
			}
			var b strings.Builder
			t2, err := t.Parse(s.Text())
			if err == nil {
				err = t2.Execute(&b, data)
			}
			r := R{Template: s.Text(), Output: b.String(), Strict: strict}
			if err != nil {
				r.Error = err.Error()
			}
			if strict && !strings.Contains(r.Error, "map has no entry") { continue }
			enc.Encode(r)
		}
	}
	fmt.Fprint(os.Stderr, "ok\n")
}
