"""A training step of the custom network in PyTorch, eager, channels last: the fastest of its four modes on a processor."""

import os

import row

options = row.arguments()
os.environ["OMP_NUM_THREADS"] = str(options.threads)

import torch  # noqa: E402  (after its number of threads is set)
from torch import nn  # noqa: E402

torch.set_num_threads(options.threads)
torch.set_num_interop_threads(1)
torch.manual_seed(1)


def network():
    def norm(channels):
        return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.1)

    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 16, 3, padding=1), norm(16), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 8, 1), norm(8), nn.ReLU(),
        nn.Conv2d(8, 8, 3, padding=1), norm(8), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 1, 3, padding=1), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
    )


net = network().to(memory_format=torch.channels_last).train()
images = torch.rand(options.batch, 1, options.input, options.input).contiguous(memory_format=torch.channels_last)
labels = (torch.arange(options.batch) % 2).float().unsqueeze(1)
adam = torch.optim.Adam(net.parameters(), lr=1e-3)
loss_of = nn.BCEWithLogitsLoss()


def step():
    adam.zero_grad(set_to_none=True)
    loss = loss_of(net(images), labels)
    loss.backward()
    adam.step()
    return loss.item()


statistics = sum(b.numel() for name, b in net.named_buffers() if name.endswith(("running_mean", "running_var")))
row.measure(step, options, "pytorch", sum(p.numel() for p in net.parameters()) + statistics,
            torch.backends.cpu.get_cpu_capability(), f"PyTorch {torch.__version__}")
