for epoch, loss in enumerate([1.0, 2.0, float("nan")]):
    print(f"epoch {epoch}: loss = {loss}")
