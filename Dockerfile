# Two stages: a static binary, then nothing but it.
#
#   docker build -t testamur .
#   docker run -p 8080:8080 -v testamur:/data -e TESTAMUR_URL=https://academy.example.org testamur
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download && go mod verify
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /testamur ./cmd/testamur \
 && mkdir /data

FROM scratch
COPY --from=build /testamur /testamur
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
# An unnamed user that owns the data folder and nothing else.
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
VOLUME /data
ENV TESTAMUR_LISTEN=0.0.0.0:8080 TESTAMUR_ADMIN_LISTEN=127.0.0.1:8081 TESTAMUR_DATA=/data
# Metrics and profiles stay inside: TESTAMUR_ADMIN_LISTEN=0.0.0.0:8081 lets a Prometheus of the same network in.
EXPOSE 8080
# It asks the public listener whether it is ready, as people would.
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["/testamur", "health"]
ENTRYPOINT ["/testamur"]
CMD ["serve"]
