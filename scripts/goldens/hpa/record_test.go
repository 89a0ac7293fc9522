// Recorded decisions of Kubernetes' HorizontalPodAutoscaler, from its own controller on a simulated clock. See README.md.
//
// Writes hpa-sequences.csv, hpa-ticks.csv and hpa-pods.csv into the folder $GOLDENS. A tick comes every 15 s. The scale
// target has what the last tick decided. A new pod is Pending, then runs and is not ready, then ready; the last pods go
// first. Pods at the start have been ready for an hour.
package hpa

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	scalefake "k8s.io/client-go/scale/fake"
	core "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/cache"
	defaults "k8s.io/kubernetes/pkg/apis/autoscaling/v2"
	"k8s.io/kubernetes/pkg/controller/podautoscaler"
	metricsclient "k8s.io/kubernetes/pkg/controller/podautoscaler/metrics"
)

//go:linkname reconcileAutoscaler k8s.io/kubernetes/pkg/controller/podautoscaler.(*HorizontalController).reconcileAutoscaler
func reconcileAutoscaler(a *podautoscaler.HorizontalController, ctx context.Context, hpa *autoscalingv2.HorizontalPodAutoscaler, key string) error

//go:linkname computeReplicasForMetrics k8s.io/kubernetes/pkg/controller/podautoscaler.(*HorizontalController).computeReplicasForMetrics
func computeReplicasForMetrics(a *podautoscaler.HorizontalController, ctx context.Context, hpa *autoscalingv2.HorizontalPodAutoscaler, scale *autoscalingv1.Scale, specs []autoscalingv2.MetricSpec) (int32, string, []autoscalingv2.MetricStatus, time.Time, error)

//go:linkname enqueueHPA k8s.io/kubernetes/pkg/controller/podautoscaler.(*HorizontalController).enqueueHPA
func enqueueHPA(a *podautoscaler.HorizontalController, obj interface{})

const (
	tick      = 15
	requestMC = 1000
)

var window = 300 * time.Second

type series func(second int) float64

type sequence struct {
	name, what           string
	metric               string // cpu, pods, ext_avg, ext_val
	target               int64  // percent for cpu, else thousandths
	metric2              string
	target2              int64
	least, most, start   int32
	behavior             string
	pendingS, readyAfter int
	length               int
	total, total2        series
	unsampled            func(second, pod int) bool
	fails                func(second int) string
}

func steps(pairs ...[2]float64) series {
	return func(second int) float64 {
		value := 0.0
		for _, pair := range pairs {
			if float64(second) >= pair[0] {
				value = pair[1]
			}
		}
		return value
	}
}

func usual(name, what, metric string, target int64, total series) sequence {
	return sequence{name: name, what: what, metric: metric, target: target, least: 1, most: 20, start: 2, pendingS: 10, readyAfter: 30, length: 1200, total: total}
}

func sequences() []sequence {
	up := usual("hp01", "CPU, a step up and down, no behavior", "cpu", 60, steps([2]float64{0, 1000}, [2]float64{60, 5000}, [2]float64{600, 800}))
	behaved := usual("hp02", "CPU, behavior with policies both ways", "cpu", 60, steps([2]float64{0, 1000}, [2]float64{60, 9000}, [2]float64{500, 800}))
	behaved.behavior = `{"scaleUp":{"stabilizationWindowSeconds":30,"policies":[{"type":"Pods","value":2,"periodSeconds":30},{"type":"Percent","value":50,"periodSeconds":60}],"selectPolicy":"Min"},"scaleDown":{"stabilizationWindowSeconds":60,"policies":[{"type":"Pods","value":1,"periodSeconds":45}]}}`
	empty := usual("hp03", "CPU, an empty behavior", "cpu", 60, steps([2]float64{0, 1000}, [2]float64{60, 12000}, [2]float64{90, 1000}))
	empty.behavior = "{}"
	spike := usual("hp04", "CPU, a spike without behavior drives up after it has gone", "cpu", 60, steps([2]float64{0, 1000}, [2]float64{60, 12000}, [2]float64{90, 1000}))
	missing := usual("hp05", "CPU, a pod in three unsampled: nothing goes down", "cpu", 60, steps([2]float64{0, 4000}, [2]float64{300, 900}))
	missing.start, missing.unsampled = 6, func(second, pod int) bool { return pod%3 == 0 }
	pods := usual("hp06", "pods metric, slow starts", "pods", 10_000, steps([2]float64{0, 15}, [2]float64{60, 90}, [2]float64{600, 10}))
	pods.pendingS, pods.readyAfter = 60, 60
	average := usual("hp07", "external, average value, within tolerance at times", "ext_avg", 10_000, steps([2]float64{0, 15}, [2]float64{60, 21.5}, [2]float64{200, 64}, [2]float64{600, 5}))
	value := usual("hp08", "external, value", "ext_val", 30_000, steps([2]float64{0, 30}, [2]float64{60, 90}, [2]float64{300, 33}, [2]float64{500, 3}))
	two := usual("hp09", "CPU and external, one failing at times", "cpu", 60, steps([2]float64{0, 1000}, [2]float64{100, 4000}, [2]float64{500, 700}))
	two.metric2, two.target2, two.total2 = "ext_avg", 10_000, steps([2]float64{0, 12}, [2]float64{300, 95}, [2]float64{650, 8})
	two.fails = func(second int) string {
		switch {
		case second >= 400 && second < 480:
			return "ext_avg"
		case second >= 800 && second < 860:
			return "cpu ext_avg"
		}
		return ""
	}
	tolerant := usual("hp10", "external, own tolerances, disabled down", "ext_avg", 10_000, steps([2]float64{0, 20}, [2]float64{60, 25}, [2]float64{200, 40}, [2]float64{500, 5}))
	tolerant.behavior = `{"scaleUp":{"tolerance":"0.3"},"scaleDown":{"selectPolicy":"Disabled"}}`
	return []sequence{up, behaved, empty, spike, missing, pods, average, value, two, tolerant}
}

func TestRecord(t *testing.T) {
	folder := os.Getenv("GOLDENS")
	if folder == "" {
		t.Fatal("GOLDENS is not set: the folder to write into")
	}
	var heads, ticks, pods [][]string
	for _, one := range sequences() {
		heads = append(heads, head(one))
		synctest.Test(t, func(t *testing.T) { record(t, one, &ticks, &pods) })
	}
	write(t, folder, "hpa-sequences.csv", []string{"seq", "what", "metric", "target", "metric_2", "target_2", "min_replicas", "max_replicas",
		"replicas_at_start", "behavior_json", "downscale_window_s", "tolerance", "cpu_request_milli", "pod_pending_s", "pod_ready_after_s"}, heads)
	write(t, folder, "hpa-ticks.csv", []string{"seq", "t_s", "spec_replicas", "status_replicas", "ready_pods", "total", "total_2", "fails",
		"proposal", "desired"}, ticks)
	write(t, folder, "hpa-pods.csv", []string{"seq", "t_s", "pod", "phase", "ready", "started_s", "transition_s", "metric_milli", "metric_at_s",
		"metric_window_s"}, pods)
}

// pod is one of the scale target's, by the second it was asked for.
type pod struct{ number, asked int }

type world struct {
	one     sequence
	base    time.Time
	second  int
	pods    []pod
	made    int
	spec    int32
	indexer cache.Indexer
}

func (w *world) phase(p pod) (phase v1.PodPhase, ready bool, started, transition int) {
	runs := p.asked + w.one.pendingS
	serves := runs + w.one.readyAfter
	switch {
	case w.second < runs:
		return v1.PodPending, false, p.asked, p.asked
	case w.second < serves:
		return v1.PodRunning, false, p.asked, runs
	}
	return v1.PodRunning, true, p.asked, serves
}

func (w *world) follow() {
	for len(w.pods) > int(w.spec) {
		w.pods = w.pods[:len(w.pods)-1]
	}
	for len(w.pods) < int(w.spec) {
		w.pods = append(w.pods, pod{w.made, w.second})
		w.made++
	}
}

func (w *world) at(second int) metav1.Time {
	return metav1.NewTime(w.base.Add(time.Duration(second) * time.Second))
}

func (w *world) name(p pod) string { return fmt.Sprintf("p%02d", p.number) }

func (w *world) ready() (count int) {
	for _, p := range w.pods {
		if _, ready, _, _ := w.phase(p); ready {
			count++
		}
	}
	return count
}

// sampled gives each running pod its share of the demand, in thousandths.
func (w *world) sampled() metricsclient.PodMetricsInfo {
	info := metricsclient.PodMetricsInfo{}
	serving := w.ready()
	for _, p := range w.pods {
		phase, ready, _, _ := w.phase(p)
		if phase != v1.PodRunning || (w.one.unsampled != nil && w.one.unsampled(w.second, p.number)) {
			continue
		}
		milli := int64(0)
		if ready {
			milli = int64(math.Round(w.one.total(w.second) / float64(serving)))
			if w.one.metric == "pods" {
				milli = int64(math.Round(1000 * w.one.total(w.second) / float64(serving)))
			}
		}
		info[w.name(p)] = metricsclient.PodMetric{Timestamp: w.at(w.second - 5).Time, Window: tick * time.Second, Value: milli}
	}
	return info
}

func (w *world) isFailing(metric string) bool {
	if w.one.fails == nil {
		return false
	}
	for _, name := range []string{w.one.fails(w.second)} {
		if name == metric || name == "cpu ext_avg" {
			return true
		}
	}
	return false
}

// metrics stands for the metrics server and the adapters.
type metrics struct{ w *world }

var errNoAnswer = errors.New("no answer")

func (m metrics) GetResourceMetric(context.Context, v1.ResourceName, string, labels.Selector, string) (metricsclient.PodMetricsInfo, time.Time, error) {
	if m.w.isFailing("cpu") {
		return nil, time.Time{}, errNoAnswer
	}
	return m.w.sampled(), time.Now(), nil
}

func (m metrics) GetRawMetric(string, string, labels.Selector, labels.Selector) (metricsclient.PodMetricsInfo, time.Time, error) {
	return m.w.sampled(), time.Now(), nil
}

func (m metrics) GetObjectMetric(string, string, *autoscalingv2.CrossVersionObjectReference, labels.Selector) (int64, time.Time, error) {
	return 0, time.Time{}, errNoAnswer
}

func (m metrics) GetExternalMetric(name string, _ string, _ labels.Selector) ([]int64, time.Time, error) {
	if m.w.isFailing("ext_avg") {
		return nil, time.Time{}, errNoAnswer
	}
	total := m.w.one.total
	if name == "second" {
		total = m.w.one.total2
	}
	return []int64{int64(math.Round(1000 * total(m.w.second)))}, time.Now(), nil
}

func spec(metric string, target int64, name string) autoscalingv2.MetricSpec {
	quantity := resource.NewMilliQuantity(target, resource.DecimalSI)
	switch metric {
	case "cpu":
		percent := int32(target)
		return autoscalingv2.MetricSpec{Type: autoscalingv2.ResourceMetricSourceType, Resource: &autoscalingv2.ResourceMetricSource{
			Name: v1.ResourceCPU, Target: autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: &percent}}}
	case "pods":
		return autoscalingv2.MetricSpec{Type: autoscalingv2.PodsMetricSourceType, Pods: &autoscalingv2.PodsMetricSource{
			Metric: autoscalingv2.MetricIdentifier{Name: name}, Target: autoscalingv2.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: quantity}}}
	case "ext_avg":
		return autoscalingv2.MetricSpec{Type: autoscalingv2.ExternalMetricSourceType, External: &autoscalingv2.ExternalMetricSource{
			Metric: autoscalingv2.MetricIdentifier{Name: name}, Target: autoscalingv2.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: quantity}}}
	}
	return autoscalingv2.MetricSpec{Type: autoscalingv2.ExternalMetricSourceType, External: &autoscalingv2.ExternalMetricSource{
		Metric: autoscalingv2.MetricIdentifier{Name: name}, Target: autoscalingv2.MetricTarget{Type: autoscalingv2.ValueMetricType, Value: quantity}}}
}

func record(t *testing.T, one sequence, ticks, rows *[][]string) {
	ctx, cancel := context.WithCancel(context.Background())
	w := &world{one: one, base: time.Now(), spec: one.start}
	for n := 0; n < int(one.start); n++ {
		w.pods = append(w.pods, pod{n, -3600 - one.pendingS - one.readyAfter})
	}
	w.made = int(one.start)

	metricSpecs := []autoscalingv2.MetricSpec{spec(one.metric, one.target, "first")}
	if one.metric2 != "" {
		metricSpecs = append(metricSpecs, spec(one.metric2, one.target2, "second"))
	}
	hpa := &autoscalingv2.HorizontalPodAutoscaler{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "stage"},
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "stage"},
			MinReplicas:    &one.least, MaxReplicas: one.most, Metrics: metricSpecs,
		},
	}
	if one.behavior != "" {
		hpa.Spec.Behavior = &autoscalingv2.HorizontalPodAutoscalerBehavior{}
		if err := json.Unmarshal([]byte(one.behavior), hpa.Spec.Behavior); err != nil {
			t.Fatal(err)
		}
	}
	defaults.SetDefaults_HorizontalPodAutoscaler(hpa)

	client := fake.NewClientset(hpa)
	scale := func() *autoscalingv1.Scale {
		return &autoscalingv1.Scale{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "stage"},
			Spec: autoscalingv1.ScaleSpec{Replicas: w.spec}, Status: autoscalingv1.ScaleStatus{Replicas: int32(len(w.pods)), Selector: "app=stage"}}
	}
	scales := &scalefake.FakeScaleClient{}
	scales.AddReactor("get", "deployments", func(core.Action) (bool, runtime.Object, error) { return true, scale(), nil })
	scales.AddReactor("update", "deployments", func(action core.Action) (bool, runtime.Object, error) {
		object := action.(core.UpdateAction).GetObject().(*autoscalingv1.Scale)
		w.spec = object.Spec.Replicas
		return true, object, nil
	})
	mapper := meta.NewDefaultRESTMapper([]schema.GroupVersion{{Group: "apps", Version: "v1"}})
	mapper.Add(schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"}, meta.RESTScopeNamespace)
	factory := informers.NewSharedInformerFactory(client, 0)
	controller := podautoscaler.NewHorizontalController(ctx, client.CoreV1(), scales, client.AutoscalingV2(), mapper, metrics{w},
		factory.Autoscaling().V2().HorizontalPodAutoscalers(), factory.Core().V1().Pods(), tick*time.Second, window, 0.1, 300*time.Second, 30*time.Second)
	w.indexer = factory.Core().V1().Pods().Informer().GetIndexer()

	enqueueHPA(controller, hpa) // makes the controller know it

	for ; w.second <= one.length; w.second += tick {
		w.follow()
		w.index(t)
		present := w.spec
		current, err := client.AutoscalingV2().HorizontalPodAutoscalers("default").Get(ctx, "stage", metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		proposal := ""
		if found, _, _, _, err := computeReplicasForMetrics(controller, ctx, current.DeepCopy(), scale(), metricSpecs); err == nil && found >= 0 {
			proposal = strconv.Itoa(int(found))
		}
		w.pods2rows(rows)
		_ = reconcileAutoscaler(controller, ctx, current, "default/stage") // metrics that fail are part of what is recorded
		total2, fails := "", ""
		if one.total2 != nil {
			total2 = number(one.total2(w.second))
		}
		if one.fails != nil {
			fails = one.fails(w.second)
		}
		*ticks = append(*ticks, []string{one.name, strconv.Itoa(w.second), strconv.Itoa(int(present)), strconv.Itoa(len(w.pods)), strconv.Itoa(w.ready()),
			number(one.total(w.second)), total2, fails, proposal, strconv.Itoa(int(w.spec))})
		time.Sleep(tick * time.Second)
	}
	shutDown(controller)
	cancel()
	synctest.Wait()
}

// shutDown ends the goroutine of the controller's queue, which only its Run would end.
func shutDown(controller *podautoscaler.HorizontalController) {
	field := reflect.ValueOf(controller).Elem().FieldByName("queue")
	reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem().Interface().(interface{ ShutDown() }).ShutDown()
}

// index puts the pods where the controller's lister finds them.
func (w *world) index(t *testing.T) {
	var objects []interface{}
	for _, p := range w.pods {
		phase, ready, started, transition := w.phase(p)
		status := v1.ConditionFalse
		if ready {
			status = v1.ConditionTrue
		}
		start := w.at(started)
		objects = append(objects, &v1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: w.name(p), Labels: map[string]string{"app": "stage"}},
			Spec: v1.PodSpec{Containers: []v1.Container{{Name: "c", Resources: v1.ResourceRequirements{
				Requests: v1.ResourceList{v1.ResourceCPU: *resource.NewMilliQuantity(requestMC, resource.DecimalSI)}}}}},
			Status: v1.PodStatus{Phase: phase, StartTime: &start, Conditions: []v1.PodCondition{{Type: v1.PodReady, Status: status, LastTransitionTime: w.at(transition)}}},
		})
	}
	if err := w.indexer.Replace(objects, ""); err != nil {
		t.Fatal(err)
	}
}

func (w *world) pods2rows(rows *[][]string) {
	if w.one.metric != "cpu" && w.one.metric != "pods" {
		return
	}
	samples := w.sampled()
	for _, p := range w.pods {
		phase, ready, started, transition := w.phase(p)
		row := []string{w.one.name, strconv.Itoa(w.second), w.name(p), string(phase), strconv.FormatBool(ready), strconv.Itoa(started), strconv.Itoa(transition), "", "", ""}
		if sample, ok := samples[w.name(p)]; ok {
			row[7], row[8], row[9] = strconv.FormatInt(sample.Value, 10), strconv.Itoa(w.second-5), strconv.Itoa(tick)
		}
		*rows = append(*rows, row)
	}
}

func head(one sequence) []string {
	second, target2 := "", ""
	if one.metric2 != "" {
		second, target2 = one.metric2, strconv.FormatInt(one.target2, 10)
	}
	return []string{one.name, one.what, one.metric, strconv.FormatInt(one.target, 10), second, target2, strconv.Itoa(int(one.least)), strconv.Itoa(int(one.most)),
		strconv.Itoa(int(one.start)), one.behavior, "300", "0.1", strconv.Itoa(requestMC), strconv.Itoa(one.pendingS), strconv.Itoa(one.readyAfter)}
}

func number(value float64) string { return strconv.FormatFloat(value, 'g', -1, 64) }

func write(t *testing.T, folder, name string, header []string, rows [][]string) {
	file, err := os.Create(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := csv.NewWriter(file).WriteAll(append([][]string{header}, rows...)); err != nil {
		t.Fatal(err)
	}
}
