"""One check of the official Python client against a cluster, named on the command line.

What it is given comes from the environment: KUBECONFIG, NAMESPACE, POD (one that runs a shell),
CONTROL (where to ask for trouble).
"""

import os
import sys
import urllib.request

from kubernetes import client, config, watch
from kubernetes.client.rest import ApiException
from kubernetes.stream import stream

config.load_kube_config()
core = client.CoreV1Api()
namespace = os.environ["NAMESPACE"]
check_name = sys.argv[1]


def trouble(what):
    urllib.request.urlopen(os.environ["CONTROL"] + "/" + what, data=b"").read()


def config_map(name, data=None):
    metadata = client.V1ObjectMeta(name=name, labels={"check": check_name})
    return client.V1ConfigMap(metadata=metadata, data=data)


def fails(status, call, *args, **more):
    try:
        call(*args, **more)
    except ApiException as error:
        assert error.status == status, error
    else:
        raise AssertionError(f"{call.__name__} should have answered {status}")


def crud():
    created = core.create_namespaced_config_map(namespace, config_map("crud", {"k": "1"}))
    fails(409, core.create_namespaced_config_map, namespace, config_map("crud"))
    created.data["k"] = "2"
    core.replace_namespaced_config_map("crud", namespace, created)
    fails(409, core.replace_namespaced_config_map, "crud", namespace, created)
    listed = core.list_namespaced_config_map(namespace, label_selector="check=crud").items
    assert [each.data for each in listed] == [{"k": "2"}], listed
    assert core.read_namespaced_config_map("crud", namespace).metadata.uid == created.metadata.uid
    core.delete_namespaced_config_map("crud", namespace)
    fails(404, core.read_namespaced_config_map, "crud", namespace)


def patch():
    core.create_namespaced_config_map(namespace, config_map("patch", {"a": "1", "b": "1"}))

    def send(content_type, body, **query):
        return core.patch_namespaced_config_map("patch", namespace, body, _content_type=content_type, **query)

    send("application/json-patch+json", [{"op": "replace", "path": "/data/a", "value": "2"}])
    send("application/merge-patch+json", {"data": {"b": None, "c": "1"}})
    strategic = "application/strategic-merge-patch+json"
    send(strategic, {"metadata": {"finalizers": ["example.com/x"]}})
    send(strategic, {"metadata": {"$deleteFromPrimitiveList/finalizers": ["example.com/x"]}})

    def applied(value):
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "patch"}, "data": {"e": value}}

    apply = "application/apply-patch+yaml"
    result = send(apply, applied("1"), field_manager="one")
    assert result.data == {"a": "2", "c": "1", "e": "1"}, result
    assert not result.metadata.finalizers, result
    fails(409, send, apply, applied("2"), field_manager="two")
    assert send(apply, applied("2"), field_manager="two", force=True).data["e"] == "2"


def watch_over_cut():
    start = core.list_namespaced_config_map(namespace, label_selector="check=watch").metadata.resource_version
    events = watch.Watch().stream(
        core.list_namespaced_config_map, namespace, label_selector="check=watch", resource_version=start
    )

    def create(name):
        while True:
            try:
                return core.create_namespaced_config_map(namespace, config_map(name))
            except ApiException as error:
                if error.status == 409:
                    return None  # made before the connection was cut
                raise

    seen = []
    create("w1")
    names = ["w2", "w3"]
    while len(seen) < 3:
        try:
            for event in events:
                seen.append((event["type"], event["object"].metadata.name))
                if len(seen) == 1:
                    trouble("cut")
                if names:
                    create(names.pop(0))
                if len(seen) == 3:
                    break
                last = event["object"].metadata.resource_version
        except Exception as error:  # the cut, in whatever shape it reaches us
            print("reconnecting after", type(error).__name__)
        if len(seen) < 3:
            for name in names:
                create(name)
            names = []
            events = watch.Watch().stream(
                core.list_namespaced_config_map, namespace, label_selector="check=watch", resource_version=last
            )
    assert seen == [("ADDED", "w1"), ("ADDED", "w2"), ("ADDED", "w3")], seen


def expired():
    def first_event(version, make=None):
        events = watch.Watch().stream(
            core.list_namespaced_config_map, namespace, label_selector="check=expired", resource_version=version
        )
        if make:
            core.create_namespaced_config_map(namespace, config_map(make))
        return next((event["type"], event["object"].metadata.name) for event in events)

    before = core.list_namespaced_config_map(namespace, label_selector="check=expired")
    core.create_namespaced_config_map(namespace, config_map("e1"))
    trouble("restart")
    fails(410, first_event, before.metadata.resource_version)
    after = core.list_namespaced_config_map(namespace, label_selector="check=expired")
    assert len(after.items) == 1, after
    event = first_event(after.metadata.resource_version, "e2")
    assert event == ("ADDED", "e2"), event


def exec_in_pod():
    session = stream(
        core.connect_get_namespaced_pod_exec,
        os.environ["POD"],
        namespace,
        command=["sh", "-c", "read line; echo got $line; echo bad >&2; exit 3"],
        stdin=True,
        stdout=True,
        stderr=True,
        tty=False,
        _preload_content=False,
    )
    session.write_stdin("hello\n")
    session.run_forever(timeout=30)
    said = (session.read_stdout(), session.read_stderr(), session.returncode)
    assert said == ("got hello\n", "bad\n", 3), said


{"crud": crud, "patch": patch, "watch": watch_over_cut, "expired": expired, "exec": exec_in_pod}[check_name]()
