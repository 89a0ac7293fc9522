"""What measure-cpu-profiles.py runs: the models and transformations of the shipped pipelines.

Weights and inputs are random (seeded): times do not depend on them, answers would. Each builder takes the number of
threads and returns a function of the batch size, which prepares one batch and returns the call to be timed.
"""

import io
import json
from concurrent.futures import ThreadPoolExecutor

import numpy
import torch
from PIL import Image
from torch import nn
from torchvision import models, ops
from torchvision.models.detection import RetinaNet
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
from torchvision.models.resnet import Bottleneck, ResNet
from transformers import BertConfig, BertForSequenceClassification

SEED = 42
IMAGENET_MEAN = numpy.array([0.485, 0.456, 0.406], dtype=numpy.float32)
IMAGENET_STD = numpy.array([0.229, 0.224, 0.225], dtype=numpy.float32)


def network(module, batch):
    """A builder that runs `module()` on the tensors that `batch(size)` makes."""

    def build(_threads):
        torch.manual_seed(SEED)
        net = module().eval()

        def prepare(size):
            inputs = batch(size)

            @torch.inference_mode()
            def call():
                return net(*inputs)

            return call

        return prepare

    return build


def transformation(each, item):
    """A builder that applies `each` to every item of a batch, spread over the threads."""

    def build(threads):
        pool = ThreadPoolExecutor(threads)

        def prepare(size):
            items = [item(index) for index in range(size)]
            if threads == 1 or size == 1:
                return lambda: [each(one) for one in items]
            return lambda: list(pool.map(each, items))

        return prepare

    return build


def images(height, width):
    return lambda size: (torch.randn(size, 3, height, width),)


class SqueezedBottleneck(Bottleneck):
    """ResNeXt block with squeeze-and-excitation before the sum (Hu et al., arXiv 1709.01507), reduction 16."""

    def __init__(self, inplanes, planes, *rest, **named):
        super().__init__(inplanes, planes, *rest, **named)
        channels = planes * self.expansion
        self.bn3 = nn.Sequential(self.bn3, ops.SqueezeExcitation(channels, channels // 16))


def resnext101(block):
    return ResNet(block, [3, 4, 23, 3], groups=32, width_per_group=4)


def ssd320_resnet50_fpn():
    """SSD head with focal loss on ResNet-50 and a feature pyramid, 320x320, 6 anchors a place, 90 classes and background.

    A score threshold of 0 keeps the non-maximum suppression busy, as trained weights with a low threshold do.
    """
    backbone = resnet_fpn_backbone(
        backbone_name="resnet50",
        weights=None,
        returned_layers=[2, 3, 4],
        extra_blocks=ops.feature_pyramid_network.LastLevelP6P7(256, 256),
    )
    sizes = tuple((side, int(side * 2**0.5)) for side in (32, 64, 128, 256, 512))
    anchors = AnchorGenerator(sizes, ((0.5, 1.0, 2.0),) * len(sizes))
    return RetinaNet(
        backbone, 91, min_size=320, max_size=320, anchor_generator=anchors, score_thresh=0.0, detections_per_img=100
    )


def frames_320(size):
    return (list(torch.rand(size, 3, 320, 320)),)


class LogitsOnly(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, *inputs):
        return self.net(*inputs).logits


def bert_base():
    return LogitsOnly(BertForSequenceClassification(BertConfig(num_labels=20)))


def tokens_128(size):
    return (torch.randint(1000, 30000, (size, 128)), torch.ones(size, 128, dtype=torch.long))


# Assumed: source and target of one sentence together have 987.6 tok/s x 58.35 ms = 58 tokens, T4, batch 1, greedy
# (NVIDIA/DeepLearningExamples@70c51ad7:PyTorch/Translation/GNMT/README.md).
GNMT_TOKENS = 29


class Gnmt(nn.Module):
    """GNMT v2 as in NVIDIA/DeepLearningExamples: 4+4 LSTM layers of 1024, normalised Bahdanau attention, greedy decoding."""

    def __init__(self, vocabulary=32320, width=1024):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width)
        self.encode_both_ways = nn.LSTM(width, width, bidirectional=True)
        self.encoder = nn.ModuleList(nn.LSTM(width * (2 if layer == 0 else 1), width) for layer in range(3))
        self.attend = nn.LSTM(width, width)
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, width, bias=False)
        self.align = nn.Parameter(torch.randn(width))
        self.decoder = nn.ModuleList(nn.LSTM(2 * width, width) for _ in range(3))
        self.classify = nn.Linear(width, vocabulary)

    def encode(self, source):
        hidden, _ = self.encode_both_ways(self.embed(source))
        for layer, lstm in enumerate(self.encoder):
            output, _ = lstm(hidden)
            hidden = output if layer == 0 else output + hidden
        return hidden

    def forward(self, source):
        memory = self.encode(source)
        keys = self.key(memory)
        token = torch.zeros(1, source.shape[1], dtype=torch.long)
        states = [None] * 4
        for _ in range(GNMT_TOKENS):
            hidden, states[0] = self.attend(self.embed(token), states[0])
            weights = torch.softmax((torch.tanh(keys + self.query(hidden)) @ self.align), dim=0)
            context = (weights.unsqueeze(-1) * memory).sum(0, keepdim=True)
            for layer, lstm in enumerate(self.decoder):
                output, states[layer + 1] = lstm(torch.cat([hidden, context], dim=-1), states[layer + 1])
                hidden = output if layer == 0 else output + hidden
            token = self.classify(hidden).argmax(-1)
        return token


def sentences(size):
    return (torch.randint(4, 32000, (GNMT_TOKENS, size)),)


ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789-,;.!?:'\"/\\|_@#$%^&*~`+=<>()[]{}\n "
POST_LENGTH = 280


class CharCnnLanguage(nn.Module):
    """Character CNN, small (Zhang, Zhao, LeCun, arXiv 1509.01626), over the 280 characters of a post, 176 languages."""

    def __init__(self):
        super().__init__()
        self.index = {character: place for place, character in enumerate(ALPHABET, start=1)}
        layers, channels = [], len(ALPHABET)
        for kernel, pool in ((7, 3), (7, 3), (3, 0), (3, 0), (3, 0), (3, 3)):
            layers += [nn.Conv1d(channels, 256, kernel), nn.ReLU()] + ([nn.MaxPool1d(pool)] if pool else [])
            channels = 256
        self.body = nn.Sequential(*layers, nn.Flatten(), nn.LazyLinear(1024), nn.ReLU(), nn.Linear(1024, 1024), nn.ReLU())
        self.head = nn.Linear(1024, 176)

    def forward(self, *texts):
        codes = numpy.zeros((len(texts), POST_LENGTH), dtype=numpy.int64)
        for row, text in enumerate(texts):
            places = [self.index.get(character, 0) for character in text.lower()[:POST_LENGTH]]
            codes[row, : len(places)] = places
        one_hot = nn.functional.one_hot(torch.from_numpy(codes), len(ALPHABET) + 1)[:, :, 1:]
        return self.head(self.body(one_hot.transpose(1, 2).float())).argmax(-1)


def posts(size):
    random = numpy.random.default_rng(SEED)
    return tuple("".join(random.choice(list(ALPHABET), POST_LENGTH)) for _ in range(size))


class CrnnPlates(nn.Module):
    """CRNN (Shi, Bai, Yao, arXiv 1507.05717): seven convolutions and two bidirectional LSTMs on a 32x100 grey crop, greedy CTC."""

    def __init__(self, characters=37):
        super().__init__()
        layers, channels = [], 1
        for width, kernel, padding, norm, pool in (
            (64, 3, 1, False, (2, 2)),
            (128, 3, 1, False, (2, 2)),
            (256, 3, 1, True, None),
            (256, 3, 1, False, (2, 1)),
            (512, 3, 1, True, None),
            (512, 3, 1, False, (2, 1)),
            (512, 2, 0, True, None),
        ):
            layers.append(nn.Conv2d(channels, width, kernel, padding=padding))
            layers += [nn.BatchNorm2d(width)] if norm else []
            layers.append(nn.ReLU())
            layers += [nn.MaxPool2d(pool)] if pool else []
            channels = width
        self.body = nn.Sequential(*layers)
        self.recurrent = nn.LSTM(512, 256, num_layers=2, bidirectional=True)
        self.classify = nn.Linear(512, characters)

    def forward(self, crops):
        columns = self.body(crops).squeeze(2).permute(2, 0, 1)
        best = self.classify(self.recurrent(columns)[0]).argmax(-1).T.tolist()
        return [[a for a, b in zip(row, [0, *row]) if a not in (b, 0)] for row in best]


def plate_crops(size):
    return (torch.randn(size, 1, 32, 100),)


def photograph(height, width):
    """A JPEG with the spectrum of a natural image (amplitude falling as 1/frequency), quality 90."""
    random = numpy.random.default_rng(SEED)
    fy, fx = numpy.meshgrid(numpy.fft.fftfreq(height), numpy.fft.rfftfreq(width), indexing="ij")
    frequency = numpy.maximum(numpy.hypot(fy, fx), 1 / max(height, width))
    planes = []
    for _ in range(3):
        phase = numpy.exp(2j * numpy.pi * random.random(frequency.shape))
        plane = numpy.fft.irfft2(phase / frequency, s=(height, width))
        planes.append((plane - plane.min()) / (plane.max() - plane.min()) * 255)
    file = io.BytesIO()
    Image.fromarray(numpy.stack(planes, -1).astype(numpy.uint8)).save(file, "JPEG", quality=90)
    return file.getvalue()


def normalised(image):
    pixels = (numpy.asarray(image, dtype=numpy.float32) / 255 - IMAGENET_MEAN) / IMAGENET_STD
    return numpy.ascontiguousarray(pixels.transpose(2, 0, 1))


def preprocess_image(jpeg):
    """Decode, shorter side to 256, centre crop 224, normalise."""
    image = Image.open(io.BytesIO(jpeg)).convert("RGB")
    scale = 256 / min(image.size)
    image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BILINEAR)
    left, top = (image.width - 224) // 2, (image.height - 224) // 2
    return normalised(image.crop((left, top, left + 224, top + 224)))


def preprocess_frame(jpeg):
    """Decode a frame, 320x320, normalise."""
    image = Image.open(io.BytesIO(jpeg)).convert("RGB")
    return normalised(image.resize((320, 320), Image.Resampling.BILINEAR))


JOIN_WEIGHTS = numpy.random.default_rng(SEED).standard_normal((50, 20 + 1000)).astype(numpy.float32)


def branch_messages(index):
    """What the two branches send, as JSON: 20 scores of the text, 1000 of the image."""
    random = numpy.random.default_rng(SEED + index)
    text = {"post": index, "category_scores": random.random(20).round(6).tolist()}
    image = {"post": index, "class_scores": random.random(1000).round(6).tolist()}
    return json.dumps(text), json.dumps(image)


def join_features(messages):
    """Parse both messages, scale each to unit length, score 50 topics, write one record."""
    text, image = (json.loads(message) for message in messages)
    parts = [numpy.array(scores, dtype=numpy.float32) for scores in (text["category_scores"], image["class_scores"])]
    topics = JOIN_WEIGHTS @ numpy.concatenate([part / numpy.linalg.norm(part) for part in parts])
    record = {
        "post": text["post"],
        "category": int(parts[0].argmax()),
        "image_classes": parts[1].argsort()[::-1][:5].tolist(),
        "topics": topics.round(4).tolist(),
    }
    return json.dumps(record)


PHOTOGRAPH = photograph(375, 500)
FRAME = photograph(720, 1280)

# Model name in the profiles -> (builder, runtime).
WORKLOADS = {
    "resnet50-v1.5": (network(lambda: models.resnet50(weights=None), images(224, 224)), "torch"),
    "resnext101-32x4d": (network(lambda: resnext101(Bottleneck), images(224, 224)), "torch"),
    "se-resnext101-32x4d": (network(lambda: resnext101(SqueezedBottleneck), images(224, 224)), "torch"),
    "ssd320-resnet50-fpn": (network(ssd320_resnet50_fpn, frames_320), "torch"),
    "bert-base-seq128": (network(bert_base, tokens_128), "torch"),
    "gnmt-v2-beam1": (network(Gnmt, sentences), "torch"),
    "alexnet": (network(lambda: models.alexnet(weights=None), images(224, 224)), "torch"),
    "charcnn-langid": (network(CharCnnLanguage, posts), "torch"),
    "crnn-plate-reader": (network(CrnnPlates, plate_crops), "torch"),
    "imagenet-preprocess": (transformation(preprocess_image, lambda _: PHOTOGRAPH), "pillow"),
    "frame-preprocess": (transformation(preprocess_frame, lambda _: FRAME), "pillow"),
    "feature-join": (transformation(join_features, branch_messages), "numpy"),
}
