"""Opens what Scarp exported as QGIS does, and says how it is drawn.

    /usr/bin/python3 scripts/open-in-qgis.py <folder> [<picture.png>]

Every layer of every .gpkg below the folder is opened without being told of a style: QGIS takes the one in `layer_styles`.
Every .tif is opened with the .qml beside it. Prints one JSON document; exits with 1 where a layer or a style cannot be
read, with 2 where PyQGIS (Debian: python3-qgis) is not there.
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
try:
    from qgis.core import (
        Qgis,
        QgsApplication,
        QgsMapRendererParallelJob,
        QgsMapSettings,
        QgsProviderRegistry,
        QgsRasterLayer,
        QgsRenderContext,
        QgsVectorLayer,
    )
    from qgis.PyQt.QtCore import QSize
    from qgis.PyQt.QtGui import QColor
except ImportError as missing:
    print(f"No PyQGIS: {missing}", file=sys.stderr)
    sys.exit(2)


def colour(symbol):
    # A fill's first layer is the dark line beneath.
    top = symbol.symbolLayers()[-1]
    return (top.strokeColor() if top.layerType() == "SimpleFill" else top.color()).name()


def vector(path, name):
    layer = QgsVectorLayer(f"{path}|layername={name}", name, "ogr")
    known = layer.isValid()
    _, default_loaded = layer.loadDefaultStyle() if known else ("", False)
    renderer = layer.renderer() if known else None
    kind = renderer.type() if renderer else None
    classes = []
    if kind == "categorizedSymbol":
        classes = [[one.value(), one.label(), colour(one.symbol())] for one in renderer.categories()]
    symbols = renderer.symbols(QgsRenderContext()) if renderer else []
    return layer, {
        "layer": name,
        "valid": known,
        "style": bool(default_loaded),
        "renderer": kind,
        "attribute": renderer.classAttribute() if kind == "categorizedSymbol" else None,
        "classes": classes,
        "symbolLayers": [[part.layerType() for part in symbol.symbolLayers()] for symbol in symbols],
        "features": layer.featureCount(),
        "crs": layer.crs().authid(),
    }


def raster(path):
    layer = QgsRasterLayer(str(path), path.stem)
    _, loaded = layer.loadNamedStyle(str(path.with_suffix(".qml"))) if layer.isValid() else ("", False)
    renderer = layer.renderer() if layer.isValid() else None
    kind = renderer.type() if renderer else None
    classes = []
    if kind == "paletted":
        classes = [[entry.value, entry.label, entry.color.name(), entry.color.alpha()] for entry in renderer.classes()]
    elif kind == "singlebandpseudocolor":
        items = renderer.shader().rasterShaderFunction().colorRampItemList()
        classes = [[item.value, item.label, item.color.name(), item.color.alpha()] for item in items]
    provider = layer.dataProvider()
    # 1: the least and the largest value as QGIS has them, scaled.
    statistics = provider.bandStatistics(1) if layer.isValid() else None
    return layer, {
        "file": path.name,
        "valid": layer.isValid(),
        "style": bool(loaded),
        "renderer": kind,
        "classes": classes,
        "values": [statistics.minimumValue, statistics.maximumValue] if statistics else None,
        "crs": layer.crs().authid(),
    }


def picture(layers, path):
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setBackgroundColor(QColor(90, 110, 80))
    settings.setDestinationCrs(layers[0].crs())
    settings.setExtent(settings.fullExtent())
    settings.setOutputSize(QSize(900, 900))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(path)


def main(folder, image):
    application = QgsApplication([], False)
    application.initQgis()
    found = {"qgis": Qgis.QGIS_VERSION, "vectors": [], "rasters": []}
    drawn = []
    for path in sorted(Path(folder).rglob("*.gpkg")):
        details = QgsProviderRegistry.instance().providerMetadata("ogr").querySublayers(str(path))
        for detail in details:
            if detail.name() == "layer_styles":
                continue
            layer, said = vector(path, detail.name())
            found["vectors"].append(said)
            drawn.append(layer)
    for path in sorted(Path(folder).rglob("*.tif")):
        if path.with_suffix(".qml").exists():
            layer, said = raster(path)
            found["rasters"].append(said)
            drawn.append(layer)
    if image and drawn:
        picture([layer for layer in drawn if layer.isValid()], image)
    print(json.dumps(found, indent=1))
    everything = found["vectors"] + found["rasters"]
    sound = len(everything) > 0 and all(one["valid"] and one["style"] for one in everything)
    # Python takes layers away after the application that made them, which crashes: nothing is left to clean up.
    sys.stdout.flush()
    os._exit(0 if sound else 1)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        sys.exit(64)
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
