# syntax=docker/dockerfile:1
# Two stages: one prepares the embedding model with torch, the other serves it without.

FROM python:3.11-slim AS builder
# On Linux, name PyTorch's CPU wheel index here to spare several GB of CUDA: --build-arg PIP_EXTRA_INDEX_URL=...
ARG PIP_EXTRA_INDEX_URL=""
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
COPY . .
RUN pip install -c constraints.txt '.[models]'
RUN python -m retrieval.adapters.model_preparation --folder /models
RUN pip wheel --no-deps --wheel-dir /wheels .

FROM python:3.11-slim AS runtime
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
COPY constraints.txt /wheels/
COPY --from=builder /wheels /wheels
RUN pip install -c /wheels/constraints.txt "$(ls /wheels/toulmin-*.whl)[postgres]" && rm -r /wheels

RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin toulmin \
    && install --directory --owner toulmin --group toulmin /data
COPY --from=builder /models /models
USER 10001
WORKDIR /data
VOLUME /data
ENV TOULMIN_DATA=/data \
    TOULMIN_MODELS=/models \
    TOULMIN_HOST=0.0.0.0 \
    TOULMIN_PORT=8000
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["toulmin"]
CMD ["serve"]
