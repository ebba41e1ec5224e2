"""Writes JPEG 2000 files with GDAL, and what GDAL reads of them at every level: jp2Cases.py FOLDER, cases as JSON on standard input.

A case: {"name", "width", "height", "bands", "type", "bits", "signed", "options", "epsg", "transform"}. Beside NAME.jp2 comes
NAME.0.raw, NAME.1.raw ... (bands one after another, little-endian; 1: half the size), and all answers come as JSON.
"""
import json
import os
import sys

import numpy
from osgeo import gdal, osr

gdal.UseExceptions()
gdal.SetConfigOption("GDAL_PAM_ENABLED", "NO")


def picture(width, height, bands, bits, signed):
    """Waves with noise, so that every wavelet level has something to say; the full range of values."""
    rows, columns = numpy.mgrid[0:height, 0:width]
    noise = numpy.random.RandomState(3).rand(bands, height, width)
    waves = numpy.stack([numpy.sin(columns / (9 + b)) + numpy.cos(rows / (7 + 2 * b)) + 2 for b in range(bands)])
    values = numpy.round(numpy.minimum(1, waves * 0.225 + noise * 0.1) * (2**bits - 1))
    return values - 2 ** (bits - 1) if signed else values


def main():
    folder = sys.argv[1]
    answers = {}
    for case in json.load(sys.stdin):
        bits, signed = case.get("bits", 16), case.get("signed", False)
        kind = numpy.dtype("uint8" if bits <= 8 else "int16" if signed else "uint16")
        code = {"uint8": gdal.GDT_Byte, "int16": gdal.GDT_Int16, "uint16": gdal.GDT_UInt16}[kind.name]
        width, height, bands = case["width"], case["height"], case.get("bands", 1)
        memory = gdal.GetDriverByName("MEM").Create("", width, height, bands, code)
        for index, plane in enumerate(picture(width, height, bands, bits, signed).astype(kind)):
            memory.GetRasterBand(index + 1).WriteRaster(0, 0, width, height, plane.tobytes())
        if "transform" in case:
            memory.SetGeoTransform(case["transform"])
        if "epsg" in case:
            system = osr.SpatialReference()
            system.ImportFromEPSG(case["epsg"])
            memory.SetProjection(system.ExportToWkt())
        options = list(case["options"])
        if bits not in (8, 16):
            options.append(f"NBITS={bits}")
        path = os.path.join(folder, f"{case['name']}.jp2")
        # Closed by going out of scope: only then is it whole.
        gdal.GetDriverByName("JP2OpenJPEG").CreateCopy(path, memory, options=options)
        dataset = gdal.Open(path)
        levels = 1 + dataset.GetRasterBand(1).GetOverviewCount()
        for level in range(levels):
            with open(os.path.join(folder, f"{case['name']}.{level}.raw"), "wb") as file:
                for index in range(bands):
                    band = dataset.GetRasterBand(index + 1)
                    band = band if level == 0 else band.GetOverview(level - 1)
                    file.write(bytes(band.ReadRaster(0, 0, band.XSize, band.YSize)))
        answers[case["name"]] = {"levels": levels, "transform": dataset.GetGeoTransform()}
    json.dump(answers, sys.stdout)


main()
