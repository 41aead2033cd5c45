package telemetry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"loadgen/endpoint"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/vllm"
)

// patience is how long a server may take to say something of itself.
const patience = 10 * time.Second

// Inspect asks a server what it is. It never fails: what was not answered stands in Missing, with why. Settings come
// from /server_info where the server has it, then from the labels of vllm:cache_config_info and /v1/models;
// SettingsBy says which.
func Inspect(ctx context.Context, ep *endpoint.Endpoint) results.ServerInfo {
	info := &results.ServerInfo{Settings: scenarios.Settings{}, SettingsBy: map[string]string{}}
	for _, question := range []struct {
		path string
		take func(*results.ServerInfo, []byte) error
	}{
		{"/version", takeVersion},
		{"/v1/models", func(info *results.ServerInfo, body []byte) error {
			return takeModels(info, body, ep.Target().Model)
		}},
		{metricsPath, func(info *results.ServerInfo, body []byte) error {
			return takeMetrics(info, body, ep.Target().Model)
		}},
		{"/server_info?config_format=json", takeServerInfo},
	} {
		ask := func() ([]byte, string) { return get(ctx, ep, question.path, patience) }
		if question.path == metricsPath {
			ask = func() ([]byte, string) { return pages(ctx, ep, patience) }
		}
		body, why := ask()
		if why == "" {
			if err := question.take(info, body); err != nil {
				why = ep.Redact(err.Error())
			}
		}
		if why != "" {
			info.Missing = append(info.Missing, question.path+": "+why)
		}
	}
	settle(info)
	return *info
}

// get returns a body, or why there is none.
func get(ctx context.Context, ep *endpoint.Endpoint, path string, timeout time.Duration) (body []byte, why string) {
	answer, err := ep.Get(ctx, path, timeout)
	if fault := (&endpoint.Error{}); errors.As(err, &fault) {
		return nil, string(fault.Kind)
	}
	if err != nil {
		return nil, ep.Redact(err.Error())
	}
	if answer.Status != 200 {
		return nil, fmt.Sprintf("status %d", answer.Status)
	}
	return ep.RedactPage(answer.Body), "" // what a server says of itself may hold our own key
}

func takeVersion(info *results.ServerInfo, body []byte) error {
	var v struct{ Version, Simulated string }
	if err := json.Unmarshal(body, &v); err != nil {
		return errors.New("not JSON with a version")
	}
	info.Version, info.Simulated = results.Plain(v.Version), results.Plain(v.Simulated)
	return nil
}

func takeModels(info *results.ServerInfo, body []byte, wanted string) error {
	models, err := Models(body)
	for _, m := range models {
		info.Models = append(info.Models, m.ID)
		switch {
		case m.OwnedBy == "vllm":
			info.Name = "vllm"
		case info.Engine == "":
			info.Engine = owners[m.OwnedBy]
		}
		if m.ID == wanted || info.MaxModelLen == 0 {
			info.MaxModelLen = m.MaxModelLen
		}
	}
	return err
}

// A Model is one that /v1/models lists.
type Model struct {
	ID          string `json:"id"`
	OwnedBy     string `json:"owned_by"`
	MaxModelLen int    `json:"max_model_len"` // 0: not told
}

// Models are those of a page of /v1/models.
func Models(body []byte) ([]Model, error) {
	var list struct {
		Data []Model
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, errors.New("not JSON with a list of models")
	}
	for i := range list.Data {
		list.Data[i].ID = results.Plain(list.Data[i].ID)
	}
	return list.Data, nil
}

// Busy asks how many requests a server has already; known is false when it does not tell.
func Busy(ctx context.Context, ep *endpoint.Endpoint) (running, waiting float64, known bool) {
	body, why := pages(ctx, ep, patience)
	if why != "" {
		return 0, 0, false
	}
	samples, err := newParser(ep.Target().Model).parse(body, 0)
	if err != nil {
		return 0, 0, false
	}
	for _, s := range samples {
		switch s.Name {
		case vllm.Running:
			running, known = s.Value, true
		case vllm.Waiting:
			waiting = s.Value
		}
	}
	return running, waiting, known
}
