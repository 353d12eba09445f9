# The demonstration, from the files to the reports, as a user without rights:
#   docker build -t perequation . && docker run --rm -v "$PWD/demo:/demo" perequation
# Any other command: docker run --rm -v "$PWD/session:/session" perequation executer /session
FROM python:3.13-slim

RUN useradd --create-home --uid 10001 perequation
WORKDIR /opt/perequation
COPY . .
RUN python -m pip install --no-cache-dir ".[rapports]" && rm -rf /opt/perequation
WORKDIR /home/perequation
RUN mkdir /demo && chown perequation /demo
USER perequation
# Nothing is asked of the network once built.
ENV GX_ANALYTICS_ENABLED=false
VOLUME ["/demo"]
ENTRYPOINT ["perequation"]
CMD ["demo", "/demo"]
