# The demonstration, from the files to the reports, as a user without rights:
#   docker build -t perequation . && docker run --rm -v "$PWD/demo:/demo" perequation
# Any other command: docker run --rm -v "$PWD/session:/session" perequation executer /session
FROM python:3.13-slim

RUN useradd --create-home --uid 10001 perequation
WORKDIR /opt/perequation
COPY . .
# The lock's versions, each held to its fingerprint; the sources are not needed afterwards.
RUN python -m pip install --no-cache-dir uv==0.13.8 \
 && UV_PROJECT_ENVIRONMENT=/opt/venv uv sync --frozen --no-dev --no-editable --extra rapports --no-cache \
 && python -m pip uninstall --yes uv \
 && rm -rf /opt/perequation
WORKDIR /home/perequation
RUN mkdir /demo && chown perequation /demo
USER 10001
# Nothing is asked of the network once built.
ENV GX_ANALYTICS_ENABLED=false PATH=/opt/venv/bin:$PATH
VOLUME ["/demo"]
ENTRYPOINT ["perequation"]
CMD ["demo", "/demo"]
