import io.kubernetes.client.Exec;
import io.kubernetes.client.custom.V1Patch;
import io.kubernetes.client.informer.SharedIndexInformer;
import io.kubernetes.client.informer.SharedInformerFactory;
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.openapi.ApiException;
import io.kubernetes.client.openapi.Configuration;
import io.kubernetes.client.openapi.apis.CoreV1Api;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1ConfigMapList;
import io.kubernetes.client.openapi.models.V1ObjectMeta;
import io.kubernetes.client.util.ClientBuilder;
import io.kubernetes.client.util.KubeConfig;
import io.kubernetes.client.util.PatchUtils;
import io.kubernetes.client.util.Watch;
import com.google.gson.reflect.TypeToken;
import java.io.FileReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/**
 * One check of the official Java client against a cluster, named on the command line. What it is given comes from the
 * environment: KUBECONFIG, NAMESPACE, POD (one that runs a shell), CONTROL (where to ask for trouble).
 */
public final class Main {
  private static final String namespace = System.getenv("NAMESPACE");
  private static final Duration patience = Duration.ofSeconds(30);
  private static String check;
  private static ApiClient client;
  private static CoreV1Api core;

  private interface Call {
    Object run() throws Exception;
  }

  public static void main(String[] args) throws Exception {
    check = args[0];
    client = ClientBuilder.kubeconfig(KubeConfig.loadKubeConfig(new FileReader(System.getenv("KUBECONFIG")))).build();
    client.setReadTimeout(0);
    Configuration.setDefaultApiClient(client);
    core = new CoreV1Api();
    switch (check) {
      case "crud" -> crud();
      case "patch" -> patch();
      case "watch" -> watchOverCut();
      case "expired" -> watchFromExpired();
      case "informer" -> informerOverRestart();
      case "exec" -> execInPod();
      default -> throw new IllegalArgumentException(check);
    }
    System.exit(0); // the client keeps threads
  }

  private static V1ConfigMap configMap(String name, Map<String, String> data) {
    return new V1ConfigMap().metadata(new V1ObjectMeta().name(name).labels(Map.of("check", check))).data(data);
  }

  private static V1ConfigMap create(String name, Map<String, String> data) throws ApiException {
    return core.createNamespacedConfigMap(namespace, configMap(name, data)).execute();
  }

  private static V1ConfigMapList list() throws ApiException {
    return core.listNamespacedConfigMap(namespace).labelSelector("check=" + check).execute();
  }

  private static void same(Object expected, Object actual) {
    if (!Objects.equals(expected, actual)) throw new AssertionError("expected " + expected + ", got " + actual);
  }

  private static void fails(int code, Call call) throws Exception {
    try {
      call.run();
    } catch (ApiException error) {
      same(code, error.getCode());
      return;
    }
    throw new AssertionError("should have answered " + code);
  }

  private static void trouble(String what) throws Exception {
    var request = HttpRequest.newBuilder(URI.create(System.getenv("CONTROL") + "/" + what))
        .POST(HttpRequest.BodyPublishers.noBody()).build();
    same(200, HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).statusCode());
  }

  private static void eventually(String what, Callable<Boolean> holds) throws Exception {
    long deadline = System.nanoTime() + patience.toNanos();
    Exception last = null;
    while (System.nanoTime() < deadline) {
      try {
        if (holds.call()) return;
      } catch (ApiException error) {
        last = error; // the server may be away
      }
      Thread.sleep(50);
    }
    throw new AssertionError("not in time: " + what, last);
  }

  private static void crud() throws Exception {
    V1ConfigMap created = create("crud", Map.of("k", "1"));
    fails(409, () -> create("crud", null));
    V1ConfigMap changed = created.data(Map.of("k", "2"));
    core.replaceNamespacedConfigMap("crud", namespace, changed).execute();
    fails(409, () -> core.replaceNamespacedConfigMap("crud", namespace, changed).execute());
    same(List.of(Map.of("k", "2")), list().getItems().stream().map(V1ConfigMap::getData).toList());
    same(created.getMetadata().getUid(),
        core.readNamespacedConfigMap("crud", namespace).execute().getMetadata().getUid());
    core.deleteNamespacedConfigMap("crud", namespace).execute();
    fails(404, () -> core.readNamespacedConfigMap("crud", namespace).execute());
  }

  private static V1ConfigMap send(String format, String body, String manager, Boolean force) throws ApiException {
    return PatchUtils.patch(V1ConfigMap.class,
        () -> core.patchNamespacedConfigMap("patch", namespace, new V1Patch(body))
            .fieldManager(manager).force(force).buildCall(null),
        format, client);
  }

  private static void patch() throws Exception {
    create("patch", Map.of("a", "1", "b", "1"));
    send(V1Patch.PATCH_FORMAT_JSON_PATCH, "[{\"op\":\"replace\",\"path\":\"/data/a\",\"value\":\"2\"}]", null, null);
    send(V1Patch.PATCH_FORMAT_JSON_MERGE_PATCH, "{\"data\":{\"b\":null,\"c\":\"1\"}}", null, null);
    send(V1Patch.PATCH_FORMAT_STRATEGIC_MERGE_PATCH, "{\"metadata\":{\"finalizers\":[\"example.com/x\"]}}", null, null);
    send(V1Patch.PATCH_FORMAT_STRATEGIC_MERGE_PATCH,
        "{\"metadata\":{\"$deleteFromPrimitiveList/finalizers\":[\"example.com/x\"]}}", null, null);
    String apply = "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"patch\"},\"data\":{\"e\":\"%s\"}}";
    V1ConfigMap applied = send(V1Patch.PATCH_FORMAT_APPLY_YAML, apply.formatted("1"), "one", false);
    same(Map.of("a", "2", "c", "1", "e", "1"), applied.getData());
    same(List.of(), applied.getMetadata().getFinalizers());
    fails(409, () -> send(V1Patch.PATCH_FORMAT_APPLY_YAML, apply.formatted("2"), "two", false));
    same("2", send(V1Patch.PATCH_FORMAT_APPLY_YAML, apply.formatted("2"), "two", true).getData().get("e"));
  }

  private static void watchOverCut() throws Exception {
    String version = list().getMetadata().getResourceVersion();
    List<String> seen = new ArrayList<>();
    List<String> names = new ArrayList<>(List.of("w1", "w2", "w3"));
    List<String> expected = names.stream().map(name -> "ADDED " + name).toList();
    long deadline = System.nanoTime() + patience.toNanos();
    while (seen.size() < expected.size() && System.nanoTime() < deadline) {
      var call = core.listNamespacedConfigMap(namespace).labelSelector("check=" + check).resourceVersion(version)
          .watch(true).buildCall(null);
      try (Watch<V1ConfigMap> watch =
          Watch.createWatch(client, call, new TypeToken<Watch.Response<V1ConfigMap>>() {}.getType())) {
        makeNext(names);
        while (seen.size() < expected.size() && watch.hasNext()) {
          var event = watch.next();
          seen.add(event.type + " " + event.object.getMetadata().getName());
          version = event.object.getMetadata().getResourceVersion();
          if (seen.size() == 1) trouble("cut");
          makeNext(names);
        }
      } catch (ApiException | RuntimeException cut) {
        System.out.println("watching again after " + cut);
      }
    }
    same(expected, seen);
  }

  private static void watchFromExpired() throws Exception {
    String before = list().getMetadata().getResourceVersion();
    create("e1", null);
    trouble("restart");
    same("ERROR 410", firstEvent(before, () -> null));
    V1ConfigMapList after = list();
    same(1, after.getItems().size());
    same("ADDED e2", firstEvent(after.getMetadata().getResourceVersion(), () -> create("e2", null)));
  }

  private static String firstEvent(String version, Call meanwhile) throws Exception {
    var call = core.listNamespacedConfigMap(namespace).labelSelector("check=" + check).resourceVersion(version)
        .watch(true).buildCall(null);
    try (Watch<V1ConfigMap> watch =
        Watch.createWatch(client, call, new TypeToken<Watch.Response<V1ConfigMap>>() {}.getType())) {
      meanwhile.run();
      var event = watch.next();
      return event.type + " " + (event.status == null ? event.object.getMetadata().getName() : event.status.getCode());
    }
  }

  private static void makeNext(List<String> names) throws Exception {
    if (names.isEmpty()) return;
    String name = names.get(0);
    eventually(name + " is made", () -> {
      try {
        create(name, null);
      } catch (ApiException error) {
        if (error.getCode() != 409) throw error;
      }
      return true;
    });
    names.remove(0);
  }

  private static List<String> versionsOf(List<V1ConfigMap> items) {
    return items.stream()
        .map(each -> each.getMetadata().getName() + "@" + each.getMetadata().getResourceVersion()).sorted().toList();
  }

  private static void informerOverRestart() throws Exception {
    SharedInformerFactory factory = new SharedInformerFactory(client);
    SharedIndexInformer<V1ConfigMap> informer = factory.sharedIndexInformerFor(
        params -> core.listNamespacedConfigMap(namespace).labelSelector("check=" + check)
            .resourceVersion(params.resourceVersion).timeoutSeconds(params.timeoutSeconds).watch(params.watch)
            .buildCall(null),
        V1ConfigMap.class, V1ConfigMapList.class);
    factory.startAllRegisteredInformers();
    Callable<Boolean> inStep = () -> {
      List<String> there = versionsOf(list().getItems());
      return there.size() == 3 && there.equals(versionsOf(informer.getIndexer().list()));
    };
    for (String name : List.of("i1", "i2", "i3")) create(name, null);
    eventually("the cache is in step before the restart", inStep);
    trouble("restart");
    core.deleteNamespacedConfigMap("i1", namespace).execute();
    V1ConfigMap changed = core.readNamespacedConfigMap("i2", namespace).execute().data(Map.of("a", "b"));
    core.replaceNamespacedConfigMap("i2", namespace, changed).execute();
    create("i4", null);
    eventually("the cache is in step after the restart", inStep);
    factory.stopAllRegisteredInformers();
  }

  private static void execInPod() throws Exception {
    Process process = new Exec(client).newExecutionBuilder(namespace, System.getenv("POD"),
        new String[] {"sh", "-c", "read line; echo got $line; echo bad >&2; exit 3"})
        .setStdin(true).setStdout(true).setStderr(true).execute();
    var stderr = CompletableFuture.supplyAsync(() -> read(process.getErrorStream()));
    process.getOutputStream().write("hello\n".getBytes());
    process.getOutputStream().flush();
    same("got hello\n", read(process.getInputStream()));
    same("bad\n", stderr.get());
    same(3, process.waitFor());
  }

  private static String read(java.io.InputStream stream) {
    try {
      return new String(stream.readAllBytes());
    } catch (java.io.IOException error) {
      throw new java.io.UncheckedIOException(error);
    }
  }
}
