# loadgen alone, as nobody: docker build -t loadgen . && docker run --rm -v "$PWD:/runs" -w /runs loadgen report before
FROM golang:1.26 AS build
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o /loadgen ./cmd/loadgen

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /loadgen /loadgen
USER 65534:65534
ENTRYPOINT ["/loadgen"]
