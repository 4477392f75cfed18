// One check of client-go against a cluster, named on the command line. What it is given comes from the environment:
// KUBECONFIG, NAMESPACE, POD (one that runs a shell), CONTROL (where to ask for trouble), CONTENT_TYPE.
package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"sort"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/remotecommand"
	toolswatch "k8s.io/client-go/tools/watch"
	"k8s.io/client-go/util/exec"
)

var (
	namespace  = os.Getenv("NAMESPACE")
	config     *rest.Config
	client     kubernetes.Interface
	configMaps typedcorev1.ConfigMapInterface
)

func main() {
	checks := map[string]func(context.Context) error{
		"crud": crud, "patch": patch, "watch": watchOverCut, "expired": watchFromExpired, "informer": informerOverRestart, "exec": execInPod,
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var err error
	if config, err = clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG")); err == nil {
		config.ContentType = os.Getenv("CONTENT_TYPE")
		config.AcceptContentTypes = strings.TrimPrefix(config.ContentType+",application/json", "application/json,")
		client = kubernetes.NewForConfigOrDie(config)
		configMaps = client.CoreV1().ConfigMaps(namespace)
		err = checks[os.Args[1]](ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func configMap(name string, data map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"check": os.Args[1]}},
		Data:       data,
	}
}

func must(holds bool, format string, args ...any) error {
	if holds {
		return nil
	}
	return fmt.Errorf(format, args...)
}

func trouble(what string) error {
	response, err := http.Post(os.Getenv("CONTROL")+"/"+what, "", nil)
	if err != nil {
		return err
	}
	response.Body.Close()
	return must(response.StatusCode == 200, "%s: %s", what, response.Status)
}

func crud(ctx context.Context) error {
	created, err := configMaps.Create(ctx, configMap("crud", map[string]string{"k": "1"}), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	_, err = configMaps.Create(ctx, configMap("crud", nil), metav1.CreateOptions{})
	if err := must(errors.IsAlreadyExists(err), "a second create: %v", err); err != nil {
		return err
	}
	created.Data["k"] = "2"
	updated, err := configMaps.Update(ctx, created, metav1.UpdateOptions{})
	if err != nil {
		return err
	}
	_, err = configMaps.Update(ctx, created, metav1.UpdateOptions{})
	if err := must(errors.IsConflict(err), "an update of what has changed: %v", err); err != nil {
		return err
	}
	list, err := configMaps.List(ctx, metav1.ListOptions{LabelSelector: "check=crud"})
	if err != nil {
		return err
	}
	if err := must(len(list.Items) == 1 && list.Items[0].Data["k"] == "2", "list: %v", list.Items); err != nil {
		return err
	}
	// A kind whose protobuf form nests what JSON has side by side.
	zero := int64(0)
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "crud"}, Spec: corev1.PodSpec{
		SchedulerName:                 "nobody",
		TerminationGracePeriodSeconds: &zero,
		Containers: []corev1.Container{{Name: "main", Image: "none", LivenessProbe: &corev1.Probe{
			ProbeHandler: corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: []string{"true"}}},
		}}},
		Volumes: []corev1.Volume{{Name: "v", VolumeSource: corev1.VolumeSource{
			ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "crud"}},
		}}},
	}}
	made, err := client.CoreV1().Pods(namespace).Create(ctx, pod, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	probe := made.Spec.Containers[0].LivenessProbe
	if err := must(probe.Exec != nil && probe.Exec.Command[0] == "true", "probe: %v", probe); err != nil {
		return err
	}
	volume := made.Spec.Volumes[0]
	if err := must(volume.ConfigMap != nil && volume.ConfigMap.Name == "crud", "volume: %v", volume); err != nil {
		return err
	}
	if err := client.CoreV1().Pods(namespace).Delete(ctx, "crud", metav1.DeleteOptions{}); err != nil {
		return err
	}
	options := metav1.DeleteOptions{Preconditions: &metav1.Preconditions{ResourceVersion: &updated.ResourceVersion}}
	if err := configMaps.Delete(ctx, "crud", options); err != nil {
		return err
	}
	_, err = configMaps.Get(ctx, "crud", metav1.GetOptions{})
	return must(errors.IsNotFound(err), "get after delete: %v", err)
}

func patch(ctx context.Context) error {
	if _, err := configMaps.Create(ctx, configMap("patch", map[string]string{"a": "1", "b": "1"}), metav1.CreateOptions{}); err != nil {
		return err
	}
	for _, each := range []struct {
		kind types.PatchType
		body string
	}{
		{types.JSONPatchType, `[{"op":"replace","path":"/data/a","value":"2"}]`},
		{types.MergePatchType, `{"data":{"b":null,"c":"1"}}`},
		{types.StrategicMergePatchType, `{"metadata":{"finalizers":["example.com/x"]},"data":{"d":"1"}}`},
		{types.StrategicMergePatchType, `{"metadata":{"$deleteFromPrimitiveList/finalizers":["example.com/x"]}}`},
	} {
		if _, err := configMaps.Patch(ctx, "patch", each.kind, []byte(each.body), metav1.PatchOptions{}); err != nil {
			return fmt.Errorf("%s: %w", each.kind, err)
		}
	}
	apply := applycorev1.ConfigMap("patch", namespace).WithData(map[string]string{"e": "1"})
	applied, err := configMaps.Apply(ctx, apply, metav1.ApplyOptions{FieldManager: "one"})
	if err != nil {
		return err
	}
	if err := must(fmt.Sprint(applied.Data) == "map[a:2 c:1 d:1 e:1]" && len(applied.Finalizers) == 0, "patched: %v", applied); err != nil {
		return err
	}
	apply = applycorev1.ConfigMap("patch", namespace).WithData(map[string]string{"e": "2"})
	_, err = configMaps.Apply(ctx, apply, metav1.ApplyOptions{FieldManager: "two"})
	if err := must(errors.IsConflict(err), "apply of another's field: %v", err); err != nil {
		return err
	}
	forced, err := configMaps.Apply(ctx, apply, metav1.ApplyOptions{FieldManager: "two", Force: true})
	if err != nil {
		return err
	}
	return must(forced.Data["e"] == "2", "forced: %v", forced.Data)
}

func watchOverCut(ctx context.Context) error {
	list, err := configMaps.List(ctx, metav1.ListOptions{LabelSelector: "check=watch"})
	if err != nil {
		return err
	}
	watcher, err := toolswatch.NewRetryWatcherWithContext(ctx, list.ResourceVersion, &cache.ListWatch{
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			options.LabelSelector = "check=watch"
			return configMaps.Watch(ctx, options)
		},
	})
	if err != nil {
		return err
	}
	defer watcher.Stop()
	seen := func() (string, error) {
		select {
		case event := <-watcher.ResultChan():
			object, ok := event.Object.(*corev1.ConfigMap)
			return fmt.Sprintf("%s %s", event.Type, object.GetName()), must(ok, "event: %v", event)
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	for i, name := range []string{"w1", "w2", "w3"} {
		if i == 1 {
			if err := trouble("cut"); err != nil {
				return err
			}
		}
		create := func(ctx context.Context) (bool, error) {
			_, err := configMaps.Create(ctx, configMap(name, nil), metav1.CreateOptions{})
			return err == nil || errors.IsAlreadyExists(err), nil // the cut may hit the create too
		}
		if err := wait.PollUntilContextCancel(ctx, 50*time.Millisecond, true, create); err != nil {
			return err
		}
		event, err := seen()
		if err != nil {
			return err
		}
		if err := must(event == "ADDED "+name, "expected ADDED %s, got %s", name, event); err != nil {
			return err
		}
	}
	return nil
}

func watchFromExpired(ctx context.Context) error {
	options := metav1.ListOptions{LabelSelector: "check=expired"}
	before, err := configMaps.List(ctx, options)
	if err != nil {
		return err
	}
	if _, err := configMaps.Create(ctx, configMap("e1", nil), metav1.CreateOptions{}); err != nil {
		return err
	}
	if err := trouble("restart"); err != nil {
		return err
	}
	watcher, err := configMaps.Watch(ctx, metav1.ListOptions{LabelSelector: "check=expired", ResourceVersion: before.ResourceVersion})
	if err == nil {
		event := <-watcher.ResultChan()
		watcher.Stop()
		err = errors.FromObject(event.Object)
	}
	if err := must(errors.IsResourceExpired(err), "a watch from %s: %v", before.ResourceVersion, err); err != nil {
		return err
	}
	after, err := configMaps.List(ctx, options)
	if err != nil {
		return err
	}
	if err := must(len(after.Items) == 1, "list: %v", after.Items); err != nil {
		return err
	}
	options.ResourceVersion = after.ResourceVersion
	watcher, err = configMaps.Watch(ctx, options)
	if err != nil {
		return err
	}
	defer watcher.Stop()
	if _, err := configMaps.Create(ctx, configMap("e2", nil), metav1.CreateOptions{}); err != nil {
		return err
	}
	event := <-watcher.ResultChan()
	object, ok := event.Object.(*corev1.ConfigMap)
	return must(ok && event.Type == watch.Added && object.Name == "e2", "event: %v", event)
}

func informerOverRestart(ctx context.Context) error {
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(namespace),
		informers.WithTweakListOptions(func(options *metav1.ListOptions) { options.LabelSelector = "check=informer" }))
	lister := factory.Core().V1().ConfigMaps().Lister()
	factory.Core().V1().ConfigMaps().Informer()
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	inStep := func(ctx context.Context) (bool, error) {
		list, err := configMaps.List(ctx, metav1.ListOptions{LabelSelector: "check=informer"})
		if err != nil {
			return false, nil // the server may be away
		}
		cached, err := lister.List(labels.Everything())
		if err != nil {
			return false, err
		}
		var there, here []string
		for i := range list.Items {
			there = append(there, versionOf(&list.Items[i]))
		}
		for _, each := range cached {
			here = append(here, versionOf(each))
		}
		sort.Strings(there)
		sort.Strings(here)
		return len(there) == 3 && fmt.Sprint(here) == fmt.Sprint(there), nil
	}
	for _, name := range []string{"i1", "i2", "i3"} {
		if _, err := configMaps.Create(ctx, configMap(name, nil), metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	if err := wait.PollUntilContextCancel(ctx, 50*time.Millisecond, true, inStep); err != nil {
		return fmt.Errorf("before the restart: %w", err)
	}
	if err := trouble("restart"); err != nil {
		return err
	}
	if err := configMaps.Delete(ctx, "i1", metav1.DeleteOptions{}); err != nil {
		return err
	}
	if _, err := configMaps.Patch(ctx, "i2", types.MergePatchType, []byte(`{"data":{"a":"b"}}`), metav1.PatchOptions{}); err != nil {
		return err
	}
	if _, err := configMaps.Create(ctx, configMap("i4", nil), metav1.CreateOptions{}); err != nil {
		return err
	}
	if err := wait.PollUntilContextCancel(ctx, 50*time.Millisecond, true, inStep); err != nil {
		return fmt.Errorf("after the restart: %w", err)
	}
	return nil
}

func versionOf(object *corev1.ConfigMap) string {
	return object.Name + "@" + object.ResourceVersion
}

func execInPod(ctx context.Context) error {
	request := client.CoreV1().RESTClient().Post().Namespace(namespace).Resource("pods").Name(os.Getenv("POD")).
		SubResource("exec").VersionedParams(&corev1.PodExecOptions{
		Command: []string{"sh", "-c", "read line; echo got $line; echo bad >&2; exit 3"}, Stdin: true, Stdout: true, Stderr: true,
	}, runtime.NewParameterCodec(scheme.Scheme))
	spdy, err := remotecommand.NewSPDYExecutor(config, "POST", request.URL())
	if err != nil {
		return err
	}
	webSocket, err := remotecommand.NewWebSocketExecutor(config, "GET", request.URL().String())
	if err != nil {
		return err
	}
	for _, executor := range []remotecommand.Executor{spdy, webSocket} {
		var stdout, stderr bytes.Buffer
		err = executor.StreamWithContext(ctx, remotecommand.StreamOptions{
			Stdin: strings.NewReader("hello\n"), Stdout: &stdout, Stderr: &stderr,
		})
		code, isCode := err.(exec.CodeExitError)
		if err := must(isCode && code.Code == 3, "%T: exit code: %v", executor, err); err != nil {
			return err
		}
		if err := must(stdout.String() == "got hello\n" && stderr.String() == "bad\n", "%T: said %q %q", executor, stdout.String(), stderr.String()); err != nil {
			return err
		}
	}
	return nil
}
