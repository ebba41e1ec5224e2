"""Times a published network in PyTorch, eager and compiled: one image of 512 x 512 x 14, float32, without TF32.

    python3 torch_side.py segformer|swin-unet|efficientnetv2-unet

Encoders are those of timm and transformers, with the decoders that Scarp has (docs/method.md), untrained. A step is
cross-entropy of hard examples with Lovasz-softmax, clipping and AdamW. Prints one JSON document.
"""

import json
import statistics
import sys
import time

SIZE = 512
BANDS = 14
RUNS = 7


def main(family):
    try:
        import torch
    except ImportError:
        return {"error": "torch is not there"}
    if not torch.cuda.is_available():
        return {"error": "torch sees no CUDA device"}
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.manual_seed(1)
    try:
        network = build(torch, family).cuda()
    except ImportError as error:
        return {"error": f"{error.name} is not there"}
    x = torch.randn(1, BANDS, SIZE, SIZE, device="cuda")
    labels = (torch.rand(1, SIZE, SIZE, device="cuda") < 0.3).long()
    timings = []
    for by, compiled in [("PyTorch eager", False), ("PyTorch compiled", True)]:
        model = torch.compile(network) if compiled else network
        for work in ["prediction", "training step"]:
            measure = predict if work == "prediction" else train
            row = {"work": work, "size": SIZE, "by": by, "ms": None, "note": ""}
            try:
                row["ms"] = measure(torch, network, model, x, labels)
            except Exception as error:  # One that does not compile says so, and the others are still timed.
                row["note"] = f"{type(error).__name__}: {error}".splitlines()[0][:160]
            timings.append(row)
    return {"timings": timings, "torch": torch.__version__, "device": torch.cuda.get_device_name()}


def median_ms(torch, run):
    for _ in range(3):
        run()
    times = []
    for _ in range(RUNS):
        torch.cuda.synchronize()
        begin = time.perf_counter()
        run()
        torch.cuda.synchronize()
        times.append(1000 * (time.perf_counter() - begin))
    return statistics.median(times)


def predict(torch, network, model, x, _labels):
    network.eval()

    def run():
        with torch.no_grad():
            return model(x).softmax(1).cpu()

    return median_ms(torch, run)


def train(torch, network, model, x, labels):
    network.train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-4, weight_decay=0.01)

    def run():
        optimiser.zero_grad(set_to_none=True)
        value = loss(torch, model(x), labels)
        value.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        return value.item()

    return median_ms(torch, run)


def loss(torch, logits, labels):
    """Cross-entropy of the hard pixels (p below 0.7, a sixteenth at least), and Lovasz-softmax of both classes."""
    nll = torch.nn.functional.cross_entropy(logits, labels, reduction="none", label_smoothing=0.1).flatten()
    probability = logits.softmax(1)
    true = probability.gather(1, labels[:, None]).flatten().detach()
    least = true.kthvalue(true.numel() // 16).values
    hard = (true < torch.maximum(least, torch.full_like(least, 0.7))).float()
    entropy = (nll * hard).sum() / hard.sum().clamp(min=1)
    lovasz = 0
    for label in [0, 1]:
        foreground = (labels.flatten() == label).float()
        errors = (foreground - probability[:, label].flatten()).abs()
        ordered, order = errors.sort(descending=True)
        sorted_foreground = foreground[order]
        total = sorted_foreground.sum()
        intersection = total - sorted_foreground.cumsum(0)
        union = total + (1 - sorted_foreground).cumsum(0)
        jaccard = 1 - intersection / union
        slope = torch.cat([jaccard[:1], jaccard[1:] - jaccard[:-1]])
        lovasz = lovasz + (ordered * slope.detach()).sum() / 2
    return entropy + lovasz


def build(torch, family):
    if family == "segformer":
        return segformer(torch)
    import timm

    if family == "swin-unet":
        # Windows of 7 on any size; timm has these maps channels last.
        encoder = timm.create_model(
            "swin_tiny_patch4_window7_224", features_only=True, in_chans=BANDS, pretrained=False, img_size=SIZE
        )
        return unet(torch, encoder, [0, 96, 192, 384, 768], channels_last=True)
    if family == "efficientnetv2-unet":
        encoder = timm.create_model("tf_efficientnetv2_s", features_only=True, in_chans=BANDS, pretrained=False)
        return unet(torch, encoder, encoder.feature_info.channels(), channels_last=False)
    raise SystemExit(f'There is no network family "{family}".')


def segformer(torch):
    from transformers import SegformerConfig, SegformerForSemanticSegmentation

    config = SegformerConfig(
        num_channels=BANDS,
        num_labels=2,
        depths=[3, 4, 6, 3],
        hidden_sizes=[64, 128, 320, 512],
        decoder_hidden_size=768,
    )

    class Segformer(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.network = SegformerForSemanticSegmentation(config)

        def forward(self, x):
            logits = self.network(x).logits
            return torch.nn.functional.interpolate(logits, x.shape[-2:], mode="bilinear", align_corners=False)

    return Segformer()


def unet(torch, encoder, channels, channels_last):
    """The U-Net decoder of segmentation_models_pytorch: nearest resize, the skip joined, twice 3 x 3, norm, ReLU."""
    nn = torch.nn
    widths = [256, 128, 64, 32, 16]
    skips = [*reversed(channels[:-1]), 0]

    def twice(before, after):
        return nn.Sequential(
            nn.Conv2d(before, after, 3, padding=1, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(inplace=True),
            nn.Conv2d(after, after, 3, padding=1, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(inplace=True),
        )

    class Unet(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = encoder
            inputs = [channels[-1], *widths[:-1]]
            self.blocks = nn.ModuleList(twice(a + skip, b) for a, skip, b in zip(inputs, skips, widths))
            self.head = nn.Conv2d(widths[-1], 2, 3, padding=1)

        def forward(self, x):
            maps = list(self.encoder(x))
            if channels_last:
                maps = [made.permute(0, 3, 1, 2) for made in maps]
            y, finer = maps[-1], maps[:-1]
            for block in self.blocks:
                y = nn.functional.interpolate(y, scale_factor=2, mode="nearest")
                # An encoder without a map at stride 2 leaves that block and the last without a skip.
                if finer:
                    y = torch.cat([y, finer.pop()], 1)
                y = block(y)
            return self.head(y)

    return Unet()


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
