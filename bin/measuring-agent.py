"""Runs batches of a model on this machine and reports how long each took. `profile --target ssh:HOST` sends it.

It comes over standard input and is never written to the host: no file, no bytecode, no cache. It ends with its input.
Requests and answers are one JSON object per line:

    {"open": {"threads": 1, "device": "cpu", "stages": [
        {"stage", "format", "model" | "path", "entry", "inputs", "replicas"}]}}
        -> {"opened": [{"stage", "runtime", "largest_batch_size"?}]}
    {"run": [{"stage", "replica", "batches": [[batch_size, gap_ms], ...]}, ...]}
        -> {"batches": [[stage, batch_size, service_ms], ...], "failures": [text], "foreign_cpus"?, "stolen_cpus"?}
    every failure -> {"error": text}

Formats: `onnx` (ONNX Runtime), `torchscript` (PyTorch), `workload` (a Python file with WORKLOADS, as
scripts/cpu_workloads.py). Needs Python 3.8, numpy and the runtime of the format. Only Linux machines can be watched.
"""

import base64
import io
import json
import os
import queue
import resource
import sys
import threading
import time

os.environ.setdefault("CUDA_CACHE_DISABLE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

DTYPES = {
    "FP64": "float64",
    "FP32": "float32",
    "FP16": "float16",
    "INT64": "int64",
    "INT32": "int32",
    "INT16": "int16",
    "INT8": "int8",
    "UINT8": "uint8",
    "BOOL": "bool",
}
ONNX_TYPES = {
    "tensor(double)": "FP64",
    "tensor(float)": "FP32",
    "tensor(float16)": "FP16",
    "tensor(int64)": "INT64",
    "tensor(int32)": "INT32",
    "tensor(int16)": "INT16",
    "tensor(int8)": "INT8",
    "tensor(uint8)": "UINT8",
    "tensor(bool)": "BOOL",
}


def random_array(datatype, shape):
    """Random reals; zeros and ones for whole numbers, which are valid as indices and masks alike."""
    import numpy

    random = numpy.random.default_rng(42)
    if datatype not in DTYPES:
        raise ValueError(f"datatype = {datatype}, must be one of {', '.join(DTYPES)}")
    if datatype.startswith("FP"):
        return random.standard_normal(shape).astype(DTYPES[datatype])
    return random.integers(0, 2, shape).astype(DTYPES[datatype])


def place_of(spec):
    return spec["path"] if "path" in spec else io.BytesIO(base64.b64decode(spec["model"]))


def where(options):
    threads = options["threads"]
    return f"{options['device']} {threads} thread{'s' if threads > 1 else ''}"


def set_up(torch, options):
    torch.set_num_threads(options["threads"])
    if options["device"] == "cuda" and not torch.cuda.is_available():
        raise ValueError("PyTorch sees no CUDA device here")


class Onnx:
    """One ONNX Runtime session; the first dimension of every input is the batch."""

    def __init__(self, spec, options):
        import onnxruntime

        threads, device = options["threads"], options["device"]
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = threads
        settings.inter_op_num_threads = 1
        settings.log_severity_level = 3
        providers = ["CPUExecutionProvider"]
        if device == "cuda":
            providers.insert(0, "CUDAExecutionProvider")
        place = place_of(spec)
        model = place if isinstance(place, str) else place.getvalue()
        self.session = onnxruntime.InferenceSession(model, settings, providers=providers)
        if device == "cuda" and self.session.get_providers()[0] != "CUDAExecutionProvider":
            raise ValueError("onnxruntime cannot use CUDA here: install onnxruntime-gpu and its CUDA libraries")
        self.runtime = f"onnxruntime {onnxruntime.__version__} {where(options)}"
        given = spec.get("inputs") or {}
        self.inputs, fixed = {}, set()
        for tensor in self.session.get_inputs():
            first, *rest = tensor.shape or [None]
            if isinstance(first, int) and first > 0:
                fixed.add(first)
            datatype, shape = ONNX_TYPES.get(tensor.type), rest
            if tensor.name in given:
                datatype, shape = given[tensor.name]["datatype"], given[tensor.name]["shape"]
            if any(not isinstance(size, int) or size < 1 for size in shape):
                flag = f"--input {spec['stage']}.{tensor.name}=TYPE:DIMS"
                raise ValueError(f"input {tensor.name} has shape {tensor.shape}: give it with {flag}")
            self.inputs[tensor.name] = (datatype, shape)
        self.largest = min(fixed) if fixed else None

    def prepare(self, batch_size):
        feeds = {name: random_array(datatype, [batch_size, *shape]) for name, (datatype, shape) in self.inputs.items()}
        return lambda: self.session.run(None, feeds)


class TorchScript:
    """One TorchScript module, its inputs in the given order. Times include the transfer to the device."""

    def __init__(self, spec, options):
        import torch

        set_up(torch, options)
        self.torch, self.device = torch, options["device"]
        self.module = torch.jit.load(place_of(spec), map_location=self.device).eval()
        self.runtime = f"torch {torch.__version__} {where(options)}, TorchScript"
        self.inputs = list((spec.get("inputs") or {}).values())
        self.largest = None
        if not self.inputs:
            flag = f"--input {spec['stage']}.NAME=TYPE:DIMS"
            raise ValueError(f"a TorchScript file does not declare its inputs: give them with {flag}")

    def prepare(self, batch_size):
        torch = self.torch
        tensors = [torch.from_numpy(random_array(i["datatype"], [batch_size, *i["shape"]])) for i in self.inputs]

        @torch.inference_mode()
        def call():
            self.module(*(tensor.to(self.device) for tensor in tensors))
            if self.device == "cuda":
                torch.cuda.synchronize()

        return call


class Workload:
    """A builder of a Python file: WORKLOADS[entry] = (build, library); build(threads)(batch_size) is the call."""

    def __init__(self, spec, options):
        has_path = "path" in spec
        source = open(spec["path"], encoding="utf-8").read() if has_path else base64.b64decode(spec["model"]).decode()
        scope = {"__name__": "workloads"}
        try:
            import torch

            set_up(torch, options)
            torch.set_default_device(options["device"])
            self.wait = torch.cuda.synchronize if options["device"] == "cuda" else None
        except ImportError:
            self.wait = None
        exec(compile(source, "workloads", "exec"), scope)
        workloads = scope["WORKLOADS"]
        if spec.get("entry") not in workloads:
            raise ValueError(f"workload = {spec.get('entry')}, must be one of {', '.join(workloads)}")
        build, library = workloads[spec["entry"]]
        version = getattr(sys.modules.get({"pillow": "PIL"}.get(library, library)), "__version__", "")
        self.runtime = f"{library} {version} {where(options)}"
        self.build, self.largest = build(options["threads"]), None

    def prepare(self, batch_size):
        call = self.build(batch_size)
        if self.wait is None:
            return call

        def waited():
            call()
            self.wait()

        return waited


FORMATS = {"onnx": Onnx, "torchscript": TorchScript, "workload": Workload}


class Replica:
    """One copy of a stage, with the inputs of each batch size made once."""

    def __init__(self, spec, options):
        self.model = FORMATS[spec["format"]](spec, options)
        self.calls = {}

    def run(self, batch_size):
        if self.model.largest is not None and batch_size > self.model.largest:
            raise ValueError(f"batch size = {batch_size}, must be at most {self.model.largest}: the model's fixed size")
        if batch_size not in self.calls:
            self.calls[batch_size] = self.model.prepare(batch_size)
        call = self.calls[batch_size]
        began = time.perf_counter_ns()
        call()
        return (time.perf_counter_ns() - began) / 1e6


def open_stages(request):
    options = {"threads": request["threads"], "device": request["device"]}
    replicas, opened = {}, []
    for spec in request["stages"]:
        copies = [Replica(spec, options) for _ in range(spec["replicas"])]
        replicas[spec["stage"]] = copies
        stage = {"stage": spec["stage"], "runtime": copies[0].model.runtime}
        if copies[0].model.largest is not None:
            stage["largest_batch_size"] = copies[0].model.largest
        opened.append(stage)
    return replicas, opened


def cpu_seconds():
    """(busy without what was stolen, stolen), of all CPUs since boot; None where there is no /proc/stat."""
    try:
        with open("/proc/stat", encoding="ascii") as file:
            user, nice, system, _idle, _wait, irq, softirq, steal = map(int, file.readline().split()[1:9])
    except OSError:
        return None
    tick = os.sysconf("SC_CLK_TCK")
    return (user + nice + system + irq + softirq) / tick, steal / tick


def own_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def run_stream(stream, replica, batches, failures):
    for batch_size, gap_ms in stream["batches"]:
        if gap_ms > 0:
            time.sleep(gap_ms / 1000)
        try:
            batches.append([stream["stage"], batch_size, replica.run(batch_size)])
        except Exception as error:  # noqa: BLE001 - whatever a model throws is an answer
            failures.append(f"{stream['stage']} at batch size {batch_size}: {one_line(error)}")
            return


def run(streams, replicas):
    batches, failures = [], []
    before, own_before, began = cpu_seconds(), own_seconds(), time.perf_counter()
    pairs = [(stream, replicas[stream["stage"]][stream["replica"]]) for stream in streams]
    if len(pairs) == 1:
        run_stream(*pairs[0], batches, failures)
    else:
        threads = [threading.Thread(target=run_stream, args=(*pair, batches, failures), daemon=True) for pair in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    answer = {"batches": batches, "failures": failures}
    after, wall_s = cpu_seconds(), time.perf_counter() - began
    if before is not None and after is not None and wall_s > 0:
        answer["foreign_cpus"] = max(0.0, (after[0] - before[0] - (own_seconds() - own_before)) / wall_s)
        answer["stolen_cpus"] = max(0.0, (after[1] - before[1]) / wall_s)
    return answer


def one_line(error):
    return f"{type(error).__name__}: {error}".split("\n")[0][:300]


def read_requests(requests):
    """Hands requests on; the end of the input ends the process at once, whatever runs: nobody is there to tell."""
    for line in sys.stdin:
        requests.put(line)
    os._exit(0)


def serve():
    replicas, requests = {}, queue.Queue()
    # What libraries print would end up between the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    threading.Thread(target=read_requests, args=(requests,), daemon=True).start()
    while True:
        line = requests.get()
        try:
            request = json.loads(line)
            if "open" in request:
                replicas, opened = open_stages(request["open"])
                answer = {"opened": opened}
            else:
                answer = run(request["run"], replicas)
        except Exception as error:  # noqa: BLE001
            answer = {"error": one_line(error)}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


serve()
