"""Checks Scarp on this machine's GPU, then times it beside PyTorch on the same card, in ten minutes at most.

Correctness comes first: what is wrong is not worth timing. Results go to results.json and table.txt in --out.
"""

import argparse
import ctypes
import glob
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
FAMILIES = ["segformer", "swin-unet", "efficientnetv2-unet"]

# Seconds of each part: the sum is under ten minutes.
CHECK_SECONDS = 150
SCARP_SECONDS = 60
TORCH_SECONDS = 80
# With --short, where there may be no GPU.
SHORT_SECONDS = 120


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", default=os.environ.get("OUT", "results"))
    parser.add_argument("--short", action="store_true", help="shipped models and one family: to try the script itself")
    options = parser.parse_args()
    os.makedirs(options.out, exist_ok=True)
    began = time.time()
    environment, driver = vulkan(options.out)
    results = {"driver": driver, "nvidia": nvidia(), "check": None, "timings": []}
    print(f"Vulkan: {driver}", flush=True)

    arguments = ["--quick"] if options.short else ["--skip-benchmark"]
    results["check"] = scarp(arguments, environment, CHECK_SECONDS)
    say_check(results["check"])
    families = FAMILIES[:1] if options.short else FAMILIES
    for family in families:
        size = ["--parts", "benchmark", "--family", family, "--memory", "100"]
        made = scarp(size, environment, SHORT_SECONDS if options.short else SCARP_SECONDS)
        results["timings"] += scarp_rows(family, made)
        write(options.out, results)
        results["timings"] += torch_rows(family)
        write(options.out, results)
    results["seconds"] = round(time.time() - began, 1)
    write(options.out, results)
    for line in table(results):
        print(line)
    return 0 if (results["check"] or {}).get("passed") else 1


def vulkan(out):
    """The environment in which Dawn finds the GPU's driver, and what was found, in words."""
    environment = dict(os.environ, SCARP_ROOT=HERE)
    paths = [os.path.join(HERE, "lib"), os.environ.get("LD_LIBRARY_PATH", "")]
    environment["LD_LIBRARY_PATH"] = ":".join(path for path in paths if path)
    if os.environ.get("VK_ICD_FILENAMES"):
        return environment, "as VK_ICD_FILENAMES says: " + os.environ["VK_ICD_FILENAMES"]
    folders = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"]
    known = [path for folder in folders for path in glob.glob(os.path.join(folder, "*nvidia*.json"))]
    if known:
        environment["VK_ICD_FILENAMES"] = known[0]
        return environment, known[0]
    # A container often has the driver's libraries without the file that names them.
    for name in ["libGLX_nvidia.so.0", "libEGL_nvidia.so.0"]:
        if not is_driver(name):
            continue
        path = os.path.abspath(os.path.join(out, "nvidia_icd.json"))
        with open(path, "w") as file:
            icd = {"library_path": name, "api_version": "1.3.0"}
            json.dump({"file_format_version": "1.0.0", "ICD": icd}, file)
        environment["VK_ICD_FILENAMES"] = path
        return environment, f"{name}, named by {path}"
    return environment, (
        "no NVIDIA driver for Vulkan: neither nvidia_icd.json nor a library that can be loaded. In a container start it "
        "with NVIDIA_DRIVER_CAPABILITIES=all (or graphics,compute,utility)"
    )


def is_driver(name):
    """Whether a library can be loaded here and offers Vulkan."""
    try:
        library = ctypes.CDLL(name)
    except OSError as error:
        print(f"{name}: {error}", flush=True)
        return False
    return hasattr(library, "vk_icdGetInstanceProcAddr") or hasattr(library, "vk_icdNegotiateLoaderICDInterfaceVersion")


def nvidia():
    """Name, driver and memory of the card as nvidia-smi has them; None without it."""
    query = ["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
    try:
        return subprocess.run(query, capture_output=True, text=True, timeout=20).stdout.strip() or None
    except (OSError, subprocess.TimeoutExpired):
        return None


def scarp(arguments, environment, seconds):
    """The report of `scarp selftest`, or {"error": ...}."""
    command = [os.path.join(HERE, "node"), "--no-warnings", os.path.join(HERE, "dist/cli/main.js"), "selftest"]
    return run_json([*command, *arguments, "--json"], environment, seconds)


def run_json(command, environment, seconds):
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return {"error": f"not done after {seconds} s"}
    except OSError as error:
        return {"error": str(error)}
    try:
        return json.loads(done.stdout)
    except ValueError:
        last = done.stderr.strip().splitlines()[-3:]
        return {"error": f"exit {done.returncode}: " + " | ".join(last)}


def say_check(check):
    if "error" in check:
        print("Check: " + check["error"], flush=True)
        return
    engine = check["engine"]
    print(f"Checked on {engine['backend']}: {engine['adapter']}", flush=True)
    if engine["software"]:
        print("This is no GPU: times below are not those of one.", flush=True)
    failed = [row for row in check["checks"] if row["outcome"] == "failed"]
    for row in failed:
        print(f"FAILED {row['part']}, {row['name']}: {row['because']}", flush=True)
    print(f"{len(check['checks']) - len(failed)} of {len(check['checks'])} checks did not fail", flush=True)


def scarp_rows(family, report):
    if "error" in report:
        return [row(family, "-", "-", "Scarp", None, report["error"])]
    rows = []
    for timing in report["timings"]:
        where = (family, timing["work"], timing["size"])
        rows.append(row(*where, "Scarp", timing["ours"], timing["note"]))
        rows.append(row(*where, "plain TensorFlow.js", timing["plain"], timing["note"]))
    return rows


def torch_rows(family):
    report = run_json([sys.executable, os.path.join(HERE, "torch_side.py"), family], dict(os.environ), TORCH_SECONDS)
    if "error" in report:
        return [row(family, "-", "-", "PyTorch", None, report["error"])]
    return [row(family, t["work"], t["size"], t["by"], t["ms"], t["note"]) for t in report["timings"]]


def row(family, work, size, by, milliseconds, note):
    return {"family": family, "work": work, "size": size, "by": by, "ms": milliseconds, "note": note}


def table(results):
    cells = [["network", "work", "px", "by", "ms", ""]]
    for one in results["timings"]:
        text = "-" if one["ms"] is None else f"{one['ms']:.1f}"
        cells.append([one["family"], one["work"], str(one["size"]), one["by"], text, one["note"] or ""])
    widths = [max(len(line[column]) for line in cells) for column in range(6)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in cells]


def write(out, results):
    with open(os.path.join(out, "results.json"), "w") as file:
        json.dump(results, file, indent=1)
    with open(os.path.join(out, "table.txt"), "w") as file:
        file.write("\n".join(table(results)) + "\n")


if __name__ == "__main__":
    sys.exit(main())
