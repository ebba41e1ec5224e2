"""GDAL as the fuzz driver asks it: one request a line on standard input, its bytes behind it, answers the same way.

{"make": true} writes small GeoTIFFs of every compression and layout and a JPEG 2000; {"bytes": n, "window": [x, y, w, h]}
reads a raster, and with "dataset" a dataset of an HDF5 file. An answer lists what GDAL complained of.
"""
import json
import resource
import sys

import numpy
from osgeo import gdal

MEMORY = 3 * 2**30
MOST_SAMPLES = 2**20
PATH = "/vsimem/mutant"

gdal.UseExceptions()
gdal.SetCacheMax(32 * 2**20)
gdal.SetConfigOption("GDAL_PAM_ENABLED", "NO")
gdal.SetConfigOption("GDAL_DISABLE_READDIR_ON_OPEN", "EMPTY_DIR")
complaints = []


def complain(kind, _number, message):
    if kind >= gdal.CE_Warning:
        complaints.append(message)


gdal.PushErrorHandler(complain)


def middle(width, height, bands):
    side = max(1, int((MOST_SAMPLES / max(1, bands)) ** 0.5))
    if width * height * bands <= MOST_SAMPLES:
        return [0, 0, width, height]
    across, down = min(width, side), min(height, side)
    return [(width - across) // 2, (height - down) // 2, across, down]


def read_raster(window):
    dataset = gdal.OpenEx(PATH, gdal.OF_RASTER, allowed_drivers=["GTiff", "JP2OpenJPEG"])
    facts = {"width": dataset.RasterXSize, "height": dataset.RasterYSize, "bands": dataset.RasterCount}
    band = dataset.GetRasterBand(1)
    facts["type"] = gdal.GetDataTypeName(band.DataType)
    structure = dataset.GetMetadata("IMAGE_STRUCTURE")
    facts["compression"] = structure.get("COMPRESSION", "")
    whole = {"Int64": gdal.GDT_Float64, "UInt64": gdal.GDT_Float64}
    kind = whole.get(facts["type"], band.DataType)
    place = window or middle(facts["width"], facts["height"], facts["bands"])
    if place[0] + place[2] > facts["width"] or place[1] + place[3] > facts["height"]:
        return facts, b""
    return facts, bytes(dataset.ReadRaster(*place, buf_type=kind))


def read_dataset(name):
    file = gdal.OpenEx(PATH, gdal.OF_MULTIDIM_RASTER, allowed_drivers=["HDF5"])
    array = file.GetRootGroup().OpenMDArray(name)
    facts = {"shape": [dimension.GetSize() for dimension in array.GetDimensions()]}
    facts["type"] = gdal.GetDataTypeName(array.GetDataType().GetNumericDataType())
    size = 1
    for length in facts["shape"]:
        size *= length
    return facts, bytes(array.Read()) if size <= 4 * MOST_SAMPLES else b""


TYPES = {
    "uint8": gdal.GDT_Byte, "uint16": gdal.GDT_UInt16, "int16": gdal.GDT_Int16, "uint32": gdal.GDT_UInt32,
    "int32": gdal.GDT_Int32, "float32": gdal.GDT_Float32, "float64": gdal.GDT_Float64,
}
CODECS = ["NONE", "LZW", "PACKBITS", "DEFLATE", "ZSTD", "LERC", "LERC_DEFLATE", "LERC_ZSTD", "JPEG"]
LAYOUTS = [
    [], ["TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=32"], ["INTERLEAVE=BAND", "BLOCKYSIZE=8"],
    ["ENDIANNESS=BIG", "BLOCKYSIZE=8"], ["BIGTIFF=YES", "TILED=YES", "BLOCKXSIZE=32", "BLOCKYSIZE=16", "INTERLEAVE=BAND"],
]
WIDTH, HEIGHT = 45, 37


def picture(bands, kind):
    rows, columns = numpy.mgrid[0:HEIGHT, 0:WIDTH]
    noise = numpy.random.RandomState(7).rand(bands, HEIGHT, WIDTH)
    smooth = numpy.stack([numpy.sin(rows / (5 + b)) + numpy.cos(columns / (3 + b)) for b in range(bands)])
    values = (smooth + 2) * 25 + noise * 4
    if kind.startswith("float"):
        return values.astype(kind)
    return (values * (1 if kind == "uint8" else 100)).astype(kind)


def write(name, kind, bands, options, driver="GTiff"):
    memory = gdal.GetDriverByName("MEM").Create("", WIDTH, HEIGHT, bands, TYPES[kind])
    for index, plane in enumerate(picture(bands, kind)):
        memory.GetRasterBand(index + 1).WriteRaster(0, 0, WIDTH, HEIGHT, plane.tobytes())
    memory.SetGeoTransform([500000, 10, 0, 4200000, 0, -10])
    memory.SetMetadata({"AREA_OR_POINT": "Area"})
    memory.GetRasterBand(1).SetNoDataValue(0)
    path = f"/vsimem/{name}"
    # Closed by going out of scope: only then is it whole.
    gdal.GetDriverByName(driver).CreateCopy(path, memory, options=options)
    file = gdal.VSIFOpenL(path, "rb")
    size = gdal.VSIStatL(path).size
    content = bytes(gdal.VSIFReadL(1, size, file))
    gdal.VSIFCloseL(file)
    gdal.Unlink(path)
    return name, content


def make():
    for codec in CODECS:
        for index, layout in enumerate(LAYOUTS):
            for kind in TYPES:
                if codec == "JPEG" and kind != "uint8":
                    continue
                whole = not kind.startswith("float")
                predictors = ["1"]
                if codec in ("LZW", "DEFLATE", "ZSTD"):
                    predictors += ["2"] if whole else ["3"]
                for predictor in predictors:
                    options = [f"COMPRESS={codec}", *layout]
                    if predictor != "1":
                        options.append(f"PREDICTOR={predictor}")
                    bands = [3, 1, 2][index % 3] if kind != "uint16" else 14
                    try:
                        yield write(f"{codec}-{index}-{kind}-{predictor}.tif".lower(), kind, bands, options)
                    except RuntimeError:
                        continue
    for bits in (1, 2, 4, 12, 14):
        kind = "uint8" if bits < 8 else "uint16"
        yield write(f"bits-{bits}.tif", kind, 2, [f"NBITS={bits}", "COMPRESS=DEFLATE"])
    yield write("jpeg-ycbcr.tif", "uint8", 3, ["COMPRESS=JPEG", "PHOTOMETRIC=YCBCR", "TILED=YES", "BLOCKXSIZE=32", "BLOCKYSIZE=32"])
    lossless = ["QUALITY=100", "REVERSIBLE=YES", "BLOCKXSIZE=32", "BLOCKYSIZE=32"]
    for name, kind, bands, options in (
        ("lossy", "uint8", 3, []),
        ("tiles", "uint16", 1, lossless),
        ("listed", "uint16", 1, [*lossless, "TLM=YES", "PLT=YES"]),
        ("parts", "int16", 1, [*lossless, "TILEPARTS=RESOLUTIONS"]),
        ("layers", "uint8", 1, ["QUALITY=10,50", "TILEPARTS=LAYERS", "PROGRESSION=PCRL", "SOP=YES", "EPH=YES"]),
        ("precincts", "uint16", 3, [*lossless, "PRECINCTS={32,32},{16,16}", "CODEBLOCK_WIDTH=8", "CODEBLOCK_HEIGHT=8"]),
        ("bits", "uint16", 1, [*lossless, "NBITS=12", "CODEC=J2K"]),
    ):
        ending = "j2k" if "CODEC=J2K" in options else "jp2"
        yield write(f"jpeg-2000-{name}.{ending}", kind, bands, options, "JP2OpenJPEG")


def answer(facts, content=b""):
    facts["length"] = len(content)
    sys.stdout.buffer.write(json.dumps(facts).encode() + b"\n" + content)
    sys.stdout.buffer.flush()


def main():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for line in iter(sys.stdin.buffer.readline, b""):
        request = json.loads(line)
        complaints.clear()
        if "make" in request:
            for name, content in make():
                answer({"name": name}, content)
            answer({"done": True})
            continue
        gdal.FileFromMemBuffer(PATH, sys.stdin.buffer.read(request["bytes"]))
        facts, content = {}, b""
        try:
            if "dataset" in request:
                facts, content = read_dataset(request["dataset"])
            else:
                facts, content = read_raster(request.get("window"))
        except (RuntimeError, AttributeError, TypeError, MemoryError, ValueError) as error:
            complaints.append(str(error) or type(error).__name__)
            facts["refused"] = True
        gdal.Unlink(PATH)
        facts["complaints"] = complaints[:5]
        answer(facts, content)


main()
